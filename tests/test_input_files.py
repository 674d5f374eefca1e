"""Which files a map is made from, and what tells them from others."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
import scenes

from backend import input_files
from backend.errors import InputError
from backend.input_files import changed_files, changed_meanwhile, files_of, identify
from backend.observations import Observation
from backend.products import find_acquisitions

DAY = scenes.DAYS[0]


def observations(folder: Path) -> list[Observation]:
    return [Observation(item.date, (item,)) for item in find_acquisitions([folder])]


def test_a_small_file_is_hashed_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"pixels")
    (found,) = identify([tmp_path / "a"])
    assert (found.size, found.parts) == (6, 0)
    assert found.sha256 == f"sha256:{hashlib.sha256(b'pixels').hexdigest()}"


def test_a_large_file_is_told_by_its_size_and_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_files, "WHOLE_BYTES", 10)
    monkeypatch.setattr(input_files, "PARTS", 3)
    monkeypatch.setattr(input_files, "PART_BYTES", 2)
    content = b"ab------cd------ef"
    seen = {}
    for name, other in {
        "same": content, "longer": content + b"ef", "first": b"x" + content[1:],
        "middle": content.replace(b"cd", b"xd"),
        "last": content[:-1] + b"x", "between": content.replace(b"-", b"+", 1),
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(other)
        (found,) = identify([tmp_path / name])
        assert found.parts == 3
        seen[name] = found.sha256
    assert seen["same"] == f"sha256:{hashlib.sha256(b'18:abcdef').hexdigest()}"
    assert seen["between"] == seen["same"]  # what the module says that it does not find
    assert len(set(seen.values())) == 5


def test_the_files_are_those_of_the_wanted_bands_masks_and_tables_and_what_else_is_read(tmp_path: Path) -> None:
    scenes.write_date(tmp_path, DAY)
    (tmp_path / "acquisitions.csv").write_text("file,date\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("read by nobody")
    region = scenes.write_region(tmp_path / "r.gpkg", scenes.box(0, 0, 4, 4))
    stem = f"S2_L2A_{DAY:%Y%m%d}"
    found = files_of(observations(tmp_path), ["B04", "B08"], [region])
    assert [path.name for path in found] == [f"{stem}_10m.tif", f"{stem}_SCL_20m.tif", "acquisitions.csv", "r.gpkg"]


def test_what_lies_in_a_zip_is_told_by_the_zip(tmp_path: Path) -> None:
    product = scenes.write_safe(tmp_path / "unzipped", DAY)
    path = scenes.write_zip(tmp_path / "in" / f"{product.name}.zip", product)
    assert files_of(observations(tmp_path / "in"), ["B04", "B11"]) == [path]


def test_changed_and_missing_files_are_named_and_a_new_time_alone_is_no_change(tmp_path: Path) -> None:
    for name in ("same", "touched", "changed", "gone"):
        (tmp_path / name).write_bytes(b"pixels")
    recorded = [item.to_dict() for item in identify(sorted(tmp_path.iterdir()))]
    os.utime(tmp_path / "touched", ns=(1, 1))
    (tmp_path / "changed").write_bytes(b"pixelz")
    (tmp_path / "gone").unlink()
    assert changed_files(recorded) == [
        f"{tmp_path / 'changed'} has changed since.", f"{tmp_path / 'gone'} is not there any more."
    ]  # fmt: skip


def test_files_written_to_while_a_map_is_made_are_found_by_size_and_time(tmp_path: Path) -> None:
    for name in ("same", "touched", "longer", "gone"):
        (tmp_path / name).write_bytes(b"pixels")
    files = identify(sorted(tmp_path.iterdir()))
    os.utime(tmp_path / "touched", ns=(1, 1))
    (tmp_path / "longer").write_bytes(b"pixels and more")
    (tmp_path / "gone").unlink()
    assert [Path(path).name for path in changed_meanwhile(files)] == ["gone", "longer", "touched"]


def test_a_file_that_is_gone_when_it_is_identified_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no file .*nowhere any more"):
        identify([tmp_path / "nowhere"])
