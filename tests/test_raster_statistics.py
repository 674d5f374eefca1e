"""Statistics of bands, by hand, and in the files as GDAL reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
import scenes

from backend.cog import RasterWriter, write_cog
from backend.grid import Grid, Window
from backend.raster_statistics import ValueCounts
from backend.tile_result import RasterSpec


def test_statistics_count_valid_cells_alone() -> None:
    counts = ValueCounts("uint8", 255)
    counts.add(np.array([[1, 2], [3, 255]], dtype=np.uint8))
    counts.add(np.array([[6]], dtype=np.uint8))
    assert counts.statistics(10) == {
        "STATISTICS_MINIMUM": "1",
        "STATISTICS_MAXIMUM": "6",
        "STATISTICS_MEAN": "3.0",
        "STATISTICS_STDDEV": repr(float(np.std([1, 2, 3, 6]))),
        "STATISTICS_VALID_PERCENT": "40",
    }


def test_negative_numbers_count_as_what_they_are() -> None:
    counts = ValueCounts("int16", -32768)
    counts.add(np.array([[-32768, -32767, 32767, 0]], dtype=np.int16))
    found = counts.statistics(4)
    assert (found["STATISTICS_MINIMUM"], found["STATISTICS_MAXIMUM"], found["STATISTICS_MEAN"]) == (
        "-32767", "32767", "0.0"
    )  # fmt: skip


def test_a_band_of_nodata_has_no_statistics() -> None:
    counts = ValueCounts("uint16", 65535)
    counts.add(np.full((3, 3), 65535, dtype=np.uint16))
    assert counts.statistics(9) == {}


def test_large_areas_do_not_overflow(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = ValueCounts("uint16", 65535)
    monkeypatch.setattr(counts, "_counts", np.bincount([60000], minlength=65536) * 10**14)
    assert counts.statistics(10**14)["STATISTICS_STDDEV"] == "0.0"


def test_a_raster_of_several_bands_keeps_all_that_its_spec_says(tmp_path: Path) -> None:
    spec = RasterSpec("e.tif", 1, ("one & all", "two"), ("days", ""), "int16", -32768, 0.002)
    rng = np.random.default_rng(0)
    values = rng.integers(-900, 900, (2, 30, 40)).astype(np.int16)
    values[:, :3] = -32768
    writer = RasterWriter(tmp_path / "part.tif", Grid(scenes.UTM, scenes.transform(10), 40, 30), spec)
    for row in (0, 20):
        part = values[:, row : row + 20]
        writer.write(part, Window(row, 0, part.shape[1], 40))
    writer.close()
    write_cog(tmp_path / "part.tif", tmp_path / "e.tif", spec, writer.statistics())
    with rasterio.open(tmp_path / "e.tif") as src:
        np.testing.assert_array_equal(src.read(), values)
        assert src.descriptions == spec.descriptions
        assert src.scales == (0.002, 0.002)
        assert src.units == ("days", None)
        assert src.nodatavals == (-32768, -32768)
        for band in (1, 2):
            valid = values[band - 1, 3:].astype(float)
            tags = src.tags(band)
            assert float(tags["STATISTICS_MEAN"]) == pytest.approx(valid.mean())
            assert float(tags["STATISTICS_STDDEV"]) == pytest.approx(valid.std())
            assert float(tags["STATISTICS_MINIMUM"]) == valid.min()
            assert tags["STATISTICS_VALID_PERCENT"] == "90"
