"""The file of a block: what is read is what was written, or it is called damaged."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from backend.block_file import read_block_file, write_block
from backend.errors import DamagedFileError

ARRAYS = {
    "crop_type": np.arange(12, dtype=np.uint8).reshape(3, 4),
    "sums.codes": np.array([[1, -(2**40)]], dtype=np.int64),
    "nothing": np.zeros((0, 5), dtype=np.uint16),
}


def test_arrays_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_block(tmp_path / "b.npz", ARRAYS)
    found = read_block_file(tmp_path / "b.npz")
    assert list(found) == list(ARRAYS)
    for name, values in ARRAYS.items():
        assert found[name].dtype == values.dtype
        assert (found[name] == values).all()
    assert [path.name for path in tmp_path.iterdir()] == ["b.npz"]


def test_the_same_arrays_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        write_block(tmp_path / name, {"x": np.arange(1000)[::2]})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_objects_are_neither_written_nor_read(tmp_path: Path) -> None:
    objects = {"x": np.array([{}], dtype=object)}
    with pytest.raises(ValueError, match="Object arrays"):
        write_block(tmp_path / "b.npz", objects)
    assert list(tmp_path.iterdir()) == []
    np.savez(tmp_path / "c.npz", **objects)
    with pytest.raises(DamagedFileError, match="Object arrays"):
        read_block_file(tmp_path / "c.npz")


def test_a_failed_write_leaves_the_earlier_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_block(tmp_path / "b.npz", ARRAYS)
    before = (tmp_path / "b.npz").read_bytes()

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_block(tmp_path / "b.npz", {"x": np.zeros(3)})
    assert [path.name for path in tmp_path.iterdir()] == ["b.npz"]
    assert (tmp_path / "b.npz").read_bytes() == before


def test_every_flipped_byte_of_the_data_and_every_cut_is_found(tmp_path: Path) -> None:
    path = tmp_path / "b.npz"
    write_block(path, {"x": np.random.default_rng(0).integers(0, 255, 300, dtype=np.uint8)})
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        start = archive.infolist()[0].header_offset + 30 + len("x.npy")
    for place in range(start + 20, start + 320, 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        with pytest.raises(DamagedFileError, match=r"b\.npz: the file of a finished block is damaged"):
            read_block_file(path)
    for length in range(0, len(whole) - 1, 29):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFileError):
            read_block_file(path)
