"""Read TFRecord files of tf.train.Example messages, plain or gzipped, without TensorFlow. Knows no data set.

A record is a length (8 bytes), its checksum, the message and its checksum; the checksum is CRC-32C, rotated by 15
bits and shifted by a constant (tensorflow/core/lib/hash/crc32c.h). The messages are those of
tensorflow/core/example/{example,feature}.proto, described here for the protobuf package.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any, cast

import google_crc32c
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from backend.errors import DamagedFileError, InputError

MAX_RECORD_BYTES = 1 << 29
"""A longer record is damage: those of the published sets have some MiB."""
_MASK_DELTA = 0xA282EAD8

Features = dict[str, bytes | tuple[int, ...] | tuple[float, ...]]
"""Name of a feature to its one byte string, or to its integers or floats."""


def read_records(path: Path) -> Iterator[bytes]:
    """The messages of a file, one after the other, each with its checksums proved.

    Raises:
        InputError: if there is no such file.
        DamagedFileError: if it is cut short, a checksum is wrong, or a record is longer than MAX_RECORD_BYTES.
    """
    try:
        with gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb") as stream:
            number = 0
            while head := stream.read(12):
                number += 1
                yield _record(cast(IO[bytes], stream), head, f"{path.name}, record {number}")
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}.") from error
    except DamagedFileError:
        raise
    except (EOFError, OSError, zlib.error) as error:
        raise DamagedFileError(f"{path.name}: not a whole gzip file ({error}).", "Load the file again.") from error


def parse_example(message: bytes, name: str) -> Features:
    """The features of a tf.train.Example.

    Args:
        message: one record.
        name: of the file, for messages.

    Raises:
        DamagedFileError: if it is no such message, or a feature holds several byte strings.
    """
    example = _example_class()()
    try:
        example.ParseFromString(message)
    except DecodeError as error:
        raise DamagedFileError(f"{name}: the record is no tf.train.Example ({error}).") from error
    out: Features = {}
    for key, feature in example.features.feature.items():
        kind = feature.WhichOneof("kind")
        values: Any = getattr(feature, kind).value if kind else ()
        if kind == "bytes_list":
            if len(values) != 1:
                raise DamagedFileError(f"{name}: the feature '{key}' holds {len(values)} byte strings, not one.")
            out[key] = bytes(values[0])
        else:
            out[key] = tuple(values)
    return out


def masked_crc(data: bytes) -> int:
    """The checksum as TFRecord files keep it."""
    crc = int(google_crc32c.value(data))
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


def _record(stream: IO[bytes], head: bytes, what: str) -> bytes:
    if len(head) < 12:
        raise DamagedFileError(f"{what}: the file ends within the length.", "Load the file again.")
    length, length_crc = struct.unpack("<QI", head)
    if masked_crc(head[:8]) != length_crc:
        raise DamagedFileError(f"{what}: the checksum of the length is wrong; this is no TFRecord file, or damaged.")
    if length > MAX_RECORD_BYTES:
        raise DamagedFileError(f"{what}: {length} bytes, more than the {MAX_RECORD_BYTES} that are read.")
    data = stream.read(length)
    tail = stream.read(4)
    if len(data) < length or len(tail) < 4:
        raise DamagedFileError(f"{what}: the file ends within the record.", "Load the file again.")
    if masked_crc(data) != struct.unpack("<I", tail)[0]:
        raise DamagedFileError(f"{what}: the checksum of the data is wrong.", "Load the file again.")
    return data


@cache
def _example_class() -> Any:
    """The class of tf.train.Example, from a description made here, in a pool of its own."""
    field = descriptor_pb2.FieldDescriptorProto
    one, many = field.LABEL_OPTIONAL, field.LABEL_REPEATED
    file = descriptor_pb2.FileDescriptorProto(name="example.proto", package="tensorflow", syntax="proto3")

    def message(parent: Any, name: str, *fields: tuple[str, int, Any, Any, str]) -> Any:
        added = parent.add(name=name)
        for title, number, label, kind, type_name in fields:
            added.field.add(name=title, number=number, label=label, type=kind, type_name=type_name or None)
        return added

    message(file.message_type, "BytesList", ("value", 1, many, field.TYPE_BYTES, ""))
    message(file.message_type, "FloatList", ("value", 1, many, field.TYPE_FLOAT, ""))
    message(file.message_type, "Int64List", ("value", 1, many, field.TYPE_INT64, ""))
    feature = message(
        file.message_type,
        "Feature",
        ("bytes_list", 1, one, field.TYPE_MESSAGE, ".tensorflow.BytesList"),
        ("float_list", 2, one, field.TYPE_MESSAGE, ".tensorflow.FloatList"),
        ("int64_list", 3, one, field.TYPE_MESSAGE, ".tensorflow.Int64List"),
    )
    feature.oneof_decl.add(name="kind")
    for item in feature.field:
        item.oneof_index = 0
    features = message(
        file.message_type,
        "Features",
        ("feature", 1, many, field.TYPE_MESSAGE, ".tensorflow.Features.FeatureEntry"),
    )
    entry = message(
        features.nested_type,
        "FeatureEntry",
        ("key", 1, one, field.TYPE_STRING, ""),
        ("value", 2, one, field.TYPE_MESSAGE, ".tensorflow.Feature"),
    )
    entry.options.map_entry = True
    message(file.message_type, "Example", ("features", 1, one, field.TYPE_MESSAGE, ".tensorflow.Features"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tensorflow.Example"))
