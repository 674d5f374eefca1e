"""One parcel over the season: values of a scene made by hand, the run's own answer, and what cannot be looked at."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scenes

from backend.errors import InputError, RegionError, RequestError, SeriesError
from backend.grid import Grid
from backend.mapping import run_map
from backend.parcel_chart import SHOWN, parcel_svg
from backend.parcel_series import MOST_CELLS, _window, parcel_series
from backend.protocol import MapRequest
from backend.run_record import read_record
from backend.workers import read_chart_request

ROOT = Path(__file__).resolve().parents[1]
GREEN_NDVI = (4000 - 300) / (4000 + 300)
BARE_NDVI = (2500 - 2000) / (2500 + 2000)


@pytest.fixture(scope="module")
def record(series: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("out")
    request = MapRequest((str(series),), str(model), str(out), threads=1)
    run_map(request, lambda event, **values: None, lambda: False, lambda _: None)
    return read_record(out)


def field(row: float, col: float, height: float, width: float) -> str:
    return str(scenes.box(row, col, height, width).wkt)


def test_a_field_is_green_when_its_crop_is_and_becomes_sure_as_dates_come_in(record: dict[str, Any]) -> None:
    found = parcel_series(record, field(2, 2, 6, 8), scenes.UTM)  # wheat: green on the first two dates
    assert found.days == scenes.DAYS
    np.testing.assert_allclose(found.ndvi, [GREEN_NDVI, GREEN_NDVI, BARE_NDVI, BARE_NDVI], atol=1e-6)
    assert found.clear.tolist() == [1.0, 1.0, 1.0, 1.0]
    assert found.cells == 6 * 8 * 16
    final = found.probabilities[-1]
    assert found.classes[int(final.argmax())].code == 1
    np.testing.assert_allclose(found.probabilities[~np.isnan(found.probabilities[:, 0])].sum(axis=1), 1.0, atol=1e-5)


def test_another_coordinate_system_gives_the_same(record: dict[str, Any]) -> None:
    import shapely
    from rasterio.warp import transform

    own = scenes.box(2, 14, 6, 8)
    moved = shapely.transform(
        own, lambda points: np.column_stack(transform(scenes.UTM, "EPSG:4326", points[:, 0], points[:, 1]))
    )
    one, other = (parcel_series(record, shape.wkt, crs) for shape, crs in ((own, scenes.UTM), (moved, "EPSG:4326")))
    np.testing.assert_allclose(one.probabilities, other.probabilities)
    assert one.cells == other.cells


def test_a_parcel_smaller_than_a_cell_is_looked_at_all_the_same(record: dict[str, Any]) -> None:
    assert parcel_series(record, field(4.02, 4.02, 0.05, 0.05), scenes.UTM).cells == 1


def test_of_a_large_parcel_its_middle_is_looked_at() -> None:
    grid = Grid(scenes.UTM, scenes.transform(), 500, 500)
    window = _window(scenes.box(0, 0, 400, 300), grid)
    assert window.shape == (MOST_CELLS, MOST_CELLS)
    assert (window.row + MOST_CELLS // 2, window.col + MOST_CELLS // 2) == (200, 150)


@pytest.mark.parametrize(
    ("wkt", "crs", "kind", "message"),
    [
        ("POLYGON ((0 0", scenes.UTM, InputError, "outline cannot be read"),
        (field(2, 2, 6, 8), "EPSG:999999", InputError, "outline cannot be read"),
        (field(500, 500, 3, 3), scenes.UTM, RegionError, "does not touch the images"),
        ("POLYGON EMPTY", scenes.UTM, RegionError, "does not touch the images"),
    ],
)
def test_what_cannot_be_looked_at_is_a_sentence(
    record: dict[str, Any], wkt: str, crs: str, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        parcel_series(record, wkt, crs)


def test_dates_that_are_gone_are_told(record: dict[str, Any], series: Path, tmp_path: Path) -> None:
    shutil.copytree(series, tmp_path / "series")
    for path in (tmp_path / "series").glob("*20180801*"):
        path.unlink()
    request = {**record["request"], "series": [str(tmp_path / "series")]}
    with pytest.raises(SeriesError, match="3 of the 4 dates that the map was made from are still there"):
        parcel_series({**record, "request": request}, field(2, 2, 6, 8), scenes.UTM)


def test_the_chart_is_svg_without_style_sheets_and_names_what_it_draws(record: dict[str, Any]) -> None:
    found = parcel_series(record, field(2, 2, 6, 8), scenes.UTM)
    root = ET.fromstring(parcel_svg(found, "Parcel <1> & co"))
    texts = ["".join(item.itertext()) for item in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "Parcel <1> & co" in texts
    assert any(text.endswith("%") for text in texts)
    lines = list(root.iter("{http://www.w3.org/2000/svg}polyline"))
    assert len(lines) == 1 + min(SHOWN, len(found.classes))
    assert not list(root.iter("{http://www.w3.org/2000/svg}style"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "expected the settings run, wkt, crs, title, svg"),
        ({"run": "r"}, "expected the settings"),
        ({"run": "r", "wkt": 5, "crs": "c", "title": "", "svg": "s"}, "'wkt' must be a text, not 5"),
        ({"run": "", "wkt": "w", "crs": "c", "title": "", "svg": "s"}, "'run' must be a text"),
    ],
)
def test_a_wrong_request_is_refused(tmp_path: Path, values: Any, message: str) -> None:
    (tmp_path / "request.json").write_text(json.dumps(values))
    with pytest.raises(RequestError, match=message):
        read_chart_request(tmp_path / "request.json")


def test_the_worker_writes_the_picture_and_tells_its_numbers(record: dict[str, Any], tmp_path: Path) -> None:
    values = {
        "run": record["request"]["out"], "wkt": field(2, 2, 6, 8), "crs": scenes.UTM, "title": "Parcel 7",
        "svg": str(tmp_path / "parcel.svg"),
    }  # fmt: skip
    (tmp_path / "request.json").write_text(json.dumps(values))
    done = subprocess.run(
        [sys.executable, "-m", "backend", "parcel-chart", str(tmp_path / "request.json")],
        cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["event"] == "result"
    assert result["summary"]["dates"] == [day.isoformat() for day in scenes.DAYS]
    assert (tmp_path / "parcel.svg").read_text(encoding="utf-8").count("<polyline") >= 2
