"""Pickles of numpy arrays are read, and nothing else: hostile ones end in one sentence and run nothing."""

from __future__ import annotations

import collections
import contextlib
import datetime
import decimal
import io
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_sets import t31tfm_patch

from backend.errors import DamagedFileError, InputError
from training.importers.numpy_pickle import PickleLimits, interpret, read_numpy_pickle

PROTOCOLS = range(6)
SMALL = {"a": np.arange(6, dtype=np.int16).reshape(2, 3), "b": [1, 2.5, None, True, "x", b"y"]}
NDARRAY = b"cnumpy\nndarray\n"
RECONSTRUCT = b"cnumpy.core.multiarray\n_reconstruct\n"
EMPTY = b"(" + NDARRAY + b"(I0\ntS'b'\ntR"
"""An array begun: arguments of _reconstruct and the call."""
INT16 = b"cnumpy\ndtype\n(S'i2'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntb"


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> Any:
        return self.function, self.arguments


def array_of(shape: bytes, dtype: bytes = INT16, data: bytes = b"S'abcd'\n") -> bytes:
    """A pickle of protocol 0 of an array with a shape, as instructions."""
    return RECONSTRUCT + EMPTY + b"(I1\n" + shape + dtype + b"I0\n" + data + b"tb."


def same(left: Any, right: Any) -> bool:
    if isinstance(left, np.ndarray):
        return isinstance(right, np.ndarray) and left.shape == right.shape and bool((left == right).all())
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple):
        return type(left) is type(right) and len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_and_plain_values_come_back_from_every_protocol(protocol: int) -> None:
    value = {
        "image": np.arange(24, dtype=np.uint16).reshape(2, 3, 4),
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "strided": np.arange(10, dtype=np.int32)[::3],
        "bool": np.array([True, False, True]),
        "half": np.array([0.5, -2], dtype=np.float16),
        "empty": np.zeros((0, 4), dtype=np.float32),
        "point": np.array(7, dtype=np.int8),
        "scalar": np.float64(2.5),
        "count": np.int64(-3),
        "plain": [1, -(10**30), 2.5, None, True, False, "text \u00e9", b"\x00\xff", (), (1,), (1, 2), (1, 2, 3), {}],
        "year": 2016,
    }
    assert same(interpret(pickle.dumps(value, protocol), "x"), value)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_swapped_bytes_come_back_in_native_order(protocol: int) -> None:
    out = interpret(pickle.dumps(np.array([1, 256], dtype=">u2"), protocol), "x")
    assert out.tolist() == [1, 256]
    assert out.dtype == np.dtype("u2")
    assert not out.flags.writeable


def test_a_pickle_of_python_2_comes_back() -> None:
    # text with latin-1 bytes for the data, and the names that numpy 1 had
    data = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x02\x85"
        b"cnumpy\ndtype\nU\x02i2K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89U\x04\x01\x00\xff\xfftb."
    )
    assert interpret(data, "x").tolist() == [1, -1]


def test_a_whole_patch_comes_back_from_its_file(tmp_path: Path) -> None:
    patch = t31tfm_patch(2016, [10, 20, 30])
    path = tmp_path / "patch.pickle"
    path.write_bytes(pickle.dumps(patch, pickle.HIGHEST_PROTOCOL))
    assert same(read_numpy_pickle(path), patch)


def test_shared_values_are_gone_through_once() -> None:
    shared = [np.arange(3)]
    for _ in range(12):
        shared = [shared, shared]  # 4096 times the array, in thirteen lists
    out = interpret(pickle.dumps(shared, 4), "x")
    for _ in range(12):
        assert out[0] is out[1]
        out = out[0]
    assert out[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_command_is_refused_and_not_run(protocol: int, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    data = pickle.dumps({"a": np.arange(3), "b": Evil(os.system, f"touch {marker}")}, protocol)
    with pytest.raises(
        DamagedFileError, match=r"patch: refused at byte \d+: it asks for '(posix|nt) system'"
    ) as caught:
        interpret(data, "patch")
    assert "Nothing of the file was run" in caught.value.hint
    assert not marker.exists()
    pickle.loads(data)  # it is a live one
    assert marker.exists()


@pytest.mark.parametrize(
    "name",
    [
        "builtins eval",
        "builtins getattr",
        "__builtin__ apply",
        "os system",
        "numpy load",
        "numpy.core.multiarray frombuffer",
        "numpy.core.multiarray  _reconstruct",
        "numpy.testing._private.utils runstring",
        "numpy.ma.core _mareconstruct",
        "copyreg _reconstructor",
        "_codecs decode",
        "builtins bytearray",
    ],
)
def test_other_names_are_refused_however_they_are_given(name: str) -> None:
    module, attribute = name.split(" ", 1)
    stacked = b"\x80\x04" + b"".join(b"\x8c" + bytes([len(part)]) + part.encode() for part in (module, attribute))
    message = f"it asks for '{name}', and only numpy arrays and plain values are read"
    for data in (f"c{module}\n{attribute}\n.".encode(), stacked + b"\x93."):
        with pytest.raises(DamagedFileError) as caught:
            interpret(data, "x")
        assert message in caught.value.message


def test_a_name_made_of_parts_from_the_memo_is_refused() -> None:
    data = b"\x80\x04\x8c\x06system\x94\x8c\x05posix\x94h\x01h\x00\x93\x8c\x04true\x85R."
    with pytest.raises(DamagedFileError, match="it asks for 'posix system'"):
        interpret(data, "x")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"(S'true'\nios\nsystem\n.", "the instruction INST builds something else"),
        (b"(" + NDARRAY + b"I1\no.", "the instruction OBJ builds something else"),
        (b"\x80\x02" + NDARRAY + b")\x81.", "the instruction NEWOBJ builds something else"),
        (b"\x80\x04" + NDARRAY + b")}\x92.", "the instruction NEWOBJ_EX builds something else"),
        (b"\x80\x02\x82\x01.", "the instruction EXT1 builds something else"),
        (b"\x80\x02\x83\x01\x01.", "the instruction EXT2 builds something else"),
        (b"\x80\x02\x84\x01\x01\x01\x01.", "the instruction EXT4 builds something else"),
        (b"P17\n.", "the instruction PERSID builds something else"),
        (b"K\x01Q.", "the instruction BINPERSID builds something else"),
        (b"\x80\x05\x97.", "the instruction NEXT_BUFFER builds something else"),
        (b"\x80\x05C\x01a\x98.", "the instruction READONLY_BUFFER builds something else"),
        (b"\x80\x04\x8f.", "the instruction EMPTY_SET builds something else"),
        (b"\x80\x04(\x91.", "the instruction FROZENSET builds something else"),
        (b"\x80\x04K\x01K\x02\x93.", "it names something without text"),
        (b"\x80\x06N.", "it is of protocol 6, and those up to 5 are read"),
        (b"}}b.", "it sets a state that is not one of a number type or an array"),
        (b"]}b.", "it sets a state that is not one of a number type or an array"),
        (NDARRAY + b"}b.", "it sets a state that is not one of a number type or an array"),
        (INT16 + b"(I3\nS'<'\nNNNI-1\nI-1\nI0\ntb.", "it sets a state that is not one of a number type or an array"),
        (NDARRAY + b".", "it holds a name alone"),
        (NDARRAY + b")R.", "a call is not one that numpy's arrays make"),
        (b"cnumpy\ndtype\n]R.", "a call has no tuple of arguments"),
        (b"K\x01)R.", "a call is not one that numpy's arrays make"),
        (b"c_codecs\nencode\n(S'abc'\nS'rot13'\ntR.", "a call is not one that numpy's arrays make"),
        (b"cbuiltins\nbytes\n(I1000000000\ntR.", "a call is not one that numpy's arrays make"),
        (RECONSTRUCT + b"(cnumpy\ndtype\n(I0\ntS'b'\ntR.", "a call is not one that numpy's arrays make"),
        (RECONSTRUCT + b"(" + NDARRAY + b"(I99999999999\ntS'b'\ntR.", "a call is not one that numpy's arrays make"),
        (RECONSTRUCT + EMPTY + b".", "an array was begun and not finished"),
        (b"cnumpy\ndtype\n(S'O8'\nI0\nI1\ntR.", "it has elements of type 'O8', and only numbers are read"),
        (b"cnumpy\ndtype\n(S'V16'\nI0\nI1\ntR.", "it has elements of type 'V16'"),
        (b"cnumpy\ndtype\n(cnumpy\nndarray\nI0\nI1\ntR.", "a call is not one that numpy's arrays make"),
        (b"h\x05.", "it takes the value 5 of the memo, which was never put there"),
        (b"g123\n.", "it takes the value 123 of the memo"),
        (b".", "it takes a value that is not there"),
        (b"0.", "it takes a value that is not there"),
        (b"K\x01(\x86.", "it takes a value that is not there"),
        (b"t.", "it takes values up to a mark that is not there"),
        (b"K\x01K\x02.", "it leaves more than one value"),
        (b"K\x01(.", "it takes a value that is not there"),
        (b"N.N.", "2 bytes follow its end"),
        (b"K\x01K\x02a.", "it appends to what is no list"),
        (b"]K\x01K\x02s.", "it sets items of what is no dict"),
        (b"(K\x01d.", "a dict has a key without a value"),
        (b"}]K\x01s.", "a dict has a key of type list"),
        (b"}" + INT16 + b"K\x01s.", "a dict has a key of type Dtype"),
        (b"]q\x00h\x00a.", "a container holds itself"),
        (b"}q\x00S'a'\nh\x00s.", "a container holds itself"),
        (b"]" * 40 + b"a" * 39 + b".", "its containers are more than 16 deep"),
        (b"\x80\x04\x95\xff\x00\x00\x00\x00\x00\x00\x00N.", "a frame of 255 bytes reaches beyond its place"),
        (b"\x80\x04\x95\x0b" + bytes(7) + b"\x95\x01" + bytes(7) + b"N0N.", "a frame of 1 bytes reaches beyond"),
    ],
)
def test_hostile_instructions_are_refused_by_name(data: bytes, message: str) -> None:
    with pytest.raises(DamagedFileError) as caught:
        interpret(data, "patch")
    assert message in caught.value.message
    assert caught.value.message.startswith("patch: refused at byte ")
    assert caught.value.message.count(". ") == 0  # one sentence


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (b"(I-2\nt", r"the shape \(-2,\)"),
        (b"(I-1\nI-2\nt", r"the shape \(-1, -2\)"),
        (b"(L4611686018427387904L\nI4\nt", r"the shape \(4611686018427387904, 4\)"),
        (b"(I2147483647\nI2147483647\nI2147483647\nI2147483647\nt", r"needs \d+ bytes and has 4"),
        (b"(I3\nt", r"of shape \(3,\) needs 6 bytes and has 4"),
        (b"(I1\nt", r"of shape \(1,\) needs 2 bytes and has 4"),
        (b"(I01\nI2\nt", r"the shape \(True, 2\)"),
        (b"(F2.0\nt", r"the shape \(2.0,\)"),
        (b"(" + b"I1\n" * 9 + b"t", r"the shape \(1, 1, 1"),
        (b"]", r"the shape \[\]"),
    ],
)
def test_shapes_that_do_not_fit_their_bytes_are_refused_before_any_memory_is_taken(shape: bytes, message: str) -> None:
    with pytest.raises(DamagedFileError, match=message):
        interpret(array_of(shape), "x")


def test_an_array_of_shape_2_is_what_the_hand_made_pickles_vary() -> None:
    assert interpret(array_of(b"(I2\nt"), "x").tolist() == [int.from_bytes(b"ab", "little"), 0x6463]


@pytest.mark.parametrize(
    "value",
    [
        np.array([{}], dtype=object),
        np.array([os.system], dtype=object),
        np.zeros(2, dtype=[("a", "i2"), ("b", "f4")]),
        np.array(["text"]),
        np.array([b"bytes"]),
        np.array(["2016-01-01"], dtype="datetime64[D]"),
        np.array([1j]),
        np.ma.masked_array([1, 2], [0, 1]),
        np.float64,
        {1, 2},
        frozenset({1}),
        collections.OrderedDict(a=1),
        decimal.Decimal(1),
        datetime.date(2016, 1, 1),
        1j,
        bytearray(b"a"),
        Path("x"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_other_values_are_refused(value: Any, protocol: int) -> None:
    with pytest.raises(DamagedFileError):
        interpret(pickle.dumps({"a": value}, protocol), "x")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pickle_cut_short_anywhere_is_damaged(protocol: int) -> None:
    data = pickle.dumps(SMALL, protocol)
    for length in range(len(data)):
        with pytest.raises(DamagedFileError):
            interpret(data[:length], "x")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PROTOCOLS), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1))
def test_changed_bytes_give_a_value_or_one_kind_of_error(protocol: int, changes: list[tuple[int, int]]) -> None:
    data = bytearray(pickle.dumps(SMALL, protocol))
    for place, byte in changes:
        data[place % len(data)] = byte
    with contextlib.suppress(DamagedFileError):
        interpret(bytes(data), "x")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_one_kind_of_error(data: bytes) -> None:
    with contextlib.suppress(DamagedFileError):
        interpret(data + b".", "x")


def test_arrays_out_of_band_are_refused() -> None:
    data = pickle.dumps(np.arange(3), 5, buffer_callback=lambda _: None)
    with pytest.raises(DamagedFileError, match="NEXT_BUFFER"):
        interpret(data, "x")


def test_a_bool_of_any_byte_is_true() -> None:
    data = pickle.dumps(np.array([True, False]), 4).replace(b"\x01\x00\x94t\x94b", b"\x07\x00\x94t\x94b")
    assert interpret(data, "x").tobytes() == b"\x01\x00"


def test_a_memo_bomb_ends_at_the_depth() -> None:
    stream = io.BytesIO()
    stream.write(b"]q\x00")
    for level in range(1, 60):  # each list holds the one before twice: 2^60 lists
        stream.write(b"0](h" + bytes([level - 1]) + b"h" + bytes([level - 1]) + b"eq" + bytes([level]))
    with pytest.raises(DamagedFileError, match="more than 16 deep"):
        interpret(stream.getvalue() + b".", "x")


def test_one_text_made_to_bytes_again_and_again_ends_at_the_limit() -> None:
    text = b"X" + struct.pack("<i", 1000) + b"a" * 1000 + b"q\x00" + b"X\x06\x00\x00\x00latin1q\x01"
    again = b"c_codecs\nencode\nh\x00h\x01\x86R0"
    limits = PickleLimits(array_bytes=10_500)
    assert interpret(b"\x80\x02" + text + again * 10 + b"0.", "x", limits) == "a" * 1000
    with pytest.raises(DamagedFileError, match="its arrays take more than 10500 bytes"):
        interpret(b"\x80\x02" + text + again * 11 + b"0.", "x", limits)


def test_one_array_made_again_and_again_ends_at_the_limit() -> None:
    value = [np.arange(100, dtype=np.uint8), np.arange(100, dtype=np.uint8)]
    assert len(interpret(pickle.dumps(value, 4), "x", PickleLimits(array_bytes=200))) == 2
    with pytest.raises(DamagedFileError, match="its arrays take more than 199 bytes"):
        interpret(pickle.dumps(value, 4), "x", PickleLimits(array_bytes=199))


def test_a_pickle_of_too_many_instructions_is_refused() -> None:
    with pytest.raises(DamagedFileError, match="it has more than 1000 instructions"):
        interpret(b"N0" * 600 + b"N.", "x", PickleLimits(instructions=1000))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.pickle"
    path.write_bytes(pickle.dumps(b"a" * 100))
    with pytest.raises(DamagedFileError, match=r"large.pickle: \d+ bytes, more than the 50 that are read"):
        read_numpy_pickle(path, PickleLimits(file_bytes=50))


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        read_numpy_pickle(tmp_path / "none.pickle")
    with pytest.raises(InputError, match="is a folder"):
        read_numpy_pickle(tmp_path)


def test_nothing_in_training_imports_pickle() -> None:
    import ast

    root = Path(__file__).resolve().parents[1]
    for path in sorted((root / "training").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] not in ("pickle", "_pickle", "cPickle", "cloudpickle", "dill", "shelve"), path
