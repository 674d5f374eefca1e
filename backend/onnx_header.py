"""The versions that an ONNX file is written in, read from its first level without the package onnx.

An ONNX file is one protobuf message (onnx.proto, ModelProto). Only the fields looked for are read; all others are
passed over, so the size of the file does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .errors import DamagedFileError

IR_VERSION_FIELD, OPSET_FIELD = 1, 8
"""Fields of ModelProto."""
DOMAIN_FIELD, VERSION_FIELD = 1, 2
"""Fields of OperatorSetIdProto."""
VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5
"""Wire types of protobuf."""
LARGEST_ENTRY = 1 << 16
"""An entry of operator sets with more bytes than that is none."""


@dataclass(frozen=True)
class OnnxVersions:
    """What an ONNX file says of itself."""

    ir: int
    """Of the file's format."""
    opset: int
    """Of the standard operators; 0 if it uses none."""
    domains: tuple[str, ...]
    """Other sets of operators, which only some builds of ONNX Runtime have."""


def read_versions(path: Path) -> OnnxVersions:
    """Read the versions of an ONNX file.

    Raises:
        DamagedFileError: if it is not the message that an ONNX file is.
    """
    ir = opset = 0
    domains: list[str] = []
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            while stream.tell() < size:
                field, wire = divmod(_varint(stream), 8)
                if field == IR_VERSION_FIELD and wire == VARINT:
                    ir = _varint(stream)
                elif field == OPSET_FIELD and wire == BYTES:
                    domain, version = _operator_set(stream)
                    if domain in ("", "ai.onnx"):
                        opset = version
                    else:
                        domains.append(domain)
                else:
                    _pass_over(stream, wire)
            if stream.tell() > size:
                raise ValueError("it ends within a field")
    except (ValueError, UnicodeDecodeError) as error:
        raise DamagedFileError(f"{path.name}: not an ONNX file ({error}).", "Install the model again.") from error
    return OnnxVersions(ir, opset, tuple(domains))


def _operator_set(stream: BinaryIO) -> tuple[str, int]:
    """(domain, version) of the entry that begins here with its length."""
    length = _varint(stream)
    end = stream.tell() + length
    if length > LARGEST_ENTRY:
        raise ValueError("its operator sets are damaged")
    domain, version = "", 0
    while stream.tell() < end:
        field, wire = divmod(_varint(stream), 8)
        if field == DOMAIN_FIELD and wire == BYTES:
            domain = stream.read(min(_varint(stream), LARGEST_ENTRY)).decode("utf-8")
        elif field == VERSION_FIELD and wire == VARINT:
            version = _varint(stream)
        else:
            _pass_over(stream, wire)
    return domain, version


def _pass_over(stream: BinaryIO, wire: int) -> None:
    if wire == VARINT:
        _varint(stream)
    elif wire == BYTES:
        stream.seek(_varint(stream), 1)
    elif wire in (FIXED_64, FIXED_32):
        stream.seek(8 if wire == FIXED_64 else 4, 1)
    else:
        raise ValueError(f"a field of the unknown kind {wire}")


def _varint(stream: BinaryIO) -> int:
    """A whole number in groups of seven bits, the lowest first."""
    value = 0
    for shift in range(0, 64, 7):
        byte = stream.read(1)
        if not byte:
            raise ValueError("it ends within a field")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise ValueError("a number of more than 64 bits")
