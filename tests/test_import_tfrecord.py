"""TFRecord files: framing, checksums and tf.train.Example, without TensorFlow."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from published_sets import example, tfrecord

from backend.errors import DamagedFileError, InputError
from training.importers.tfrecord import masked_crc, parse_example, read_records


def write(folder: Path, data: bytes, name: str = "a.tfrecord") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_the_checksum_is_that_of_the_published_definition() -> None:
    # CRC-32C of "123456789" is e3069283 (RFC 3720); rotated right by 15 bits, plus a282ead8
    assert masked_crc(b"123456789") == ((0xE3069283 >> 15 | 0xE3069283 << 17) + 0xA282EAD8) & 0xFFFFFFFF
    # a length of 24 as TensorFlow writes it
    assert masked_crc((24).to_bytes(8, "little")) == int.from_bytes(b"\xa3\x7f\x4b\x22", "little")


@pytest.mark.parametrize("name", ["a.tfrecord", "a.tfrecord.gz"])
def test_records_come_back_one_by_one(tmp_path: Path, name: str) -> None:
    data = tfrecord(b"one", b"", b"three" * 1000)
    path = write(tmp_path, gzip.compress(data) if name.endswith(".gz") else data, name)
    assert list(read_records(path)) == [b"one", b"", b"three" * 1000]


def test_an_empty_file_holds_no_record(tmp_path: Path) -> None:
    assert list(read_records(write(tmp_path, b""))) == []


@pytest.mark.parametrize("place", range(len(tfrecord(b"abc"))))
def test_every_changed_byte_is_found(tmp_path: Path, place: int) -> None:
    data = bytearray(tfrecord(b"abc"))
    data[place] ^= 1
    with pytest.raises(DamagedFileError, match=r"a.tfrecord, record 1: the checksum of the (length|data) is wrong"):
        list(read_records(write(tmp_path, bytes(data))))


@pytest.mark.parametrize("length", range(1, len(tfrecord(b"abc"))))
def test_every_cut_is_found(tmp_path: Path, length: int) -> None:
    with pytest.raises(DamagedFileError, match=r"record 1: the file ends within the (length|record)"):
        list(read_records(write(tmp_path, tfrecord(b"abc")[:length])))


def test_a_second_record_that_is_damaged_is_named(tmp_path: Path) -> None:
    with pytest.raises(DamagedFileError, match="record 2"):
        list(read_records(write(tmp_path, tfrecord(b"abc") + b"x" * 20)))


def test_a_length_that_cannot_be_is_refused_without_reading(tmp_path: Path) -> None:
    length = (1 << 40).to_bytes(8, "little")
    data = length + masked_crc(length).to_bytes(4, "little")
    with pytest.raises(DamagedFileError, match="1099511627776 bytes, more than the 536870912 that are read"):
        list(read_records(write(tmp_path, data)))


def test_a_damaged_gzip_file_and_a_missing_file_are_named(tmp_path: Path) -> None:
    whole = gzip.compress(tfrecord(b"abc" * 100))
    for data in (whole[:-20], b"no gzip at all", whole[:30] + b"\xff" + whole[31:]):
        with pytest.raises(DamagedFileError, match=r"a.tfrecord.gz"):
            list(read_records(write(tmp_path, data, "a.tfrecord.gz")))
    with pytest.raises(InputError, match="There is no file"):
        list(read_records(tmp_path / "none.tfrecord"))


def test_features_of_an_example_come_back() -> None:
    message = example({"x10/data": b"\x00\xff", "x10/shape": (30, 24, 24, 4), "none": ()})
    assert parse_example(message, "a") == {"x10/data": b"\x00\xff", "x10/shape": (30, 24, 24, 4), "none": ()}


def test_what_is_no_example_is_refused() -> None:
    for data in (b"\x0a\xff", b"\x0a\x05\x0a\x03\x0a\x01"):
        with pytest.raises(DamagedFileError, match=r"a: the record is no tf.train.Example"):
            parse_example(data, "a")


def test_a_feature_of_several_byte_strings_is_refused() -> None:
    feature = b"\x0a\x06\x0a\x01a\x0a\x01b"
    entry = b"\x0a\x01k\x12" + bytes([len(feature)]) + feature
    features = b"\x0a" + bytes([len(entry)]) + entry
    with pytest.raises(DamagedFileError, match="the feature 'k' holds 2 byte strings, not one"):
        parse_example(b"\x0a" + bytes([len(features)]) + features, "a")
