"""Temporary folders of a QGIS that crashed: which are removed, and which are left alone."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from cscl_qgis import leftovers
from cscl_qgis.leftovers import STALE_S, remove_leftovers


def make(path: Path, age_s: float) -> Path:
    path.mkdir()
    (path / "parcels.gpkg").write_text("declared")
    os.utime(path, (time.time() - age_s, time.time() - age_s))
    return path


def test_stale_folders_of_the_plugin_are_removed_and_no_others(tmp_path: Path) -> None:
    stale = make(tmp_path / "cscl-layers-abc", STALE_S + 60)
    kept = [make(tmp_path / "cscl-layers-new", 60), make(tmp_path / "cscl-thesis", STALE_S + 60)]
    link = tmp_path / "cscl-parcel-link"
    link.symlink_to(make(tmp_path / "elsewhere", STALE_S + 60))
    assert remove_leftovers(tmp_path) == [stale]
    assert not stale.exists()
    assert all((path / "parcels.gpkg").is_file() for path in (*kept, tmp_path / "elsewhere"))


def test_what_cannot_be_removed_stays_and_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (make(tmp_path / f"cscl-request-{name}", STALE_S + 60) for name in "ab")
    remove = leftovers.shutil.rmtree

    def refuse(path: Path) -> None:
        if path == first:
            raise PermissionError(13, "in use", str(path))
        remove(path)

    monkeypatch.setattr(leftovers.shutil, "rmtree", refuse)
    assert remove_leftovers(tmp_path) == [second]
    assert first.is_dir()


def test_every_temporary_folder_of_the_plugin_is_known() -> None:
    """But for those that hold nothing of the user's."""
    import re

    text = "".join(path.read_text(encoding="utf-8") for path in Path(leftovers.__file__).parent.rglob("*.py"))
    used = set(re.findall(r'(?:mkdtemp|TemporaryDirectory)\(prefix="(cscl-[a-z]+-)"', text))
    assert used == set(leftovers.PREFIXES)
