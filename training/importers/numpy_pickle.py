"""Read pickles that hold numpy arrays and plain values, by an interpreter that can build nothing else.

A pickle is a program. pickletools names its instructions without running them; the machine here knows those that
make dict, list, tuple, str, bytes, int, float, bool, None and numpy's own forms of arrays, dtypes and scalars, and
refuses every other. It calls nothing that the file names: names are looked up in a fixed table of symbols, never
imported, and arrays are made here from their bytes. Knows nothing of data sets.
"""

from __future__ import annotations

import io
import math
import pickletools  # nosec B403
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from backend.errors import DamagedFileError, InputError

_HINT = "Nothing of the file was run; take a fresh copy from where it was published."
_PROTOCOL = 5
_MAX_DIMENSIONS = 8
_NUMBERS = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"})
"""Element types that are read: bool, integers and floats; neither objects nor records."""
_ORDERS = {"<": "<", ">": ">", "=": "=", "|": "="}


@dataclass(frozen=True)
class PickleLimits:
    """What a pickle may take: the published files hold some dozens of arrays and a few MiB."""

    file_bytes: int = 1 << 30
    instructions: int = 50_000
    depth: int = 16
    """Of containers in containers."""
    array_bytes: int = 1 << 30
    """Of all arrays together, and of what is made on the way to them."""


class _Symbol(Enum):
    """What a name in the file stands for; none of it is ever called."""

    RECONSTRUCT = auto()
    FROM_BUFFER = auto()
    SCALAR = auto()
    NDARRAY = auto()
    DTYPE = auto()
    ENCODE = auto()
    BYTES = auto()


_NAMES: Mapping[str, _Symbol] = {
    # numpy 2 moved numpy.core to numpy._core
    **{f"numpy.{core}.multiarray _reconstruct": _Symbol.RECONSTRUCT for core in ("core", "_core")},
    **{f"numpy.{core}.multiarray scalar": _Symbol.SCALAR for core in ("core", "_core")},
    **{f"numpy.{core}.numeric _frombuffer": _Symbol.FROM_BUFFER for core in ("core", "_core")},
    "numpy ndarray": _Symbol.NDARRAY,
    "numpy dtype": _Symbol.DTYPE,
    # protocols 0 to 2 have no bytes: they write latin-1 text and this call, or for empty bytes the type
    "_codecs encode": _Symbol.ENCODE,
    "__builtin__ bytes": _Symbol.BYTES,
    "builtins bytes": _Symbol.BYTES,
}
_LITERALS = frozenset(
    {
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("STRING", "BINSTRING", "SHORT_BINSTRING"),
        *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
        *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
    }
)
"""Instructions that push the value they carry."""
_CONSTANTS: Mapping[str, object] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_PLAIN = (str, bytes, int, float, bool, type(None), np.generic)


class _Dtype:
    """A dtype in the making: its byte order comes in a second instruction."""

    def __init__(self, code: str) -> None:
        self.code, self.value = code, np.dtype(code)
        self.is_built = False


class _Array:
    """An array in the making: shape, dtype and bytes come in a second instruction."""

    def __init__(self, value: NDArray[Any] | None = None) -> None:
        self.value = value


def read_numpy_pickle(path: Path, limits: PickleLimits = PickleLimits()) -> Any:
    """The value in a pickle file of any protocol from 0 to 5.

    Returns:
        Dicts, lists and tuples of arrays, numpy scalars and plain values. Arrays are read-only, in native byte order.

    Raises:
        InputError: if there is no such file.
        DamagedFileError: if it is cut short, holds anything else, or is larger than the limits.
    """
    try:
        size = path.stat().st_size
        if size > limits.file_bytes:
            raise DamagedFileError(f"{path.name}: {size} bytes, more than the {limits.file_bytes} that are read.")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}.") from error
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder, not a pickle.") from error
    return interpret(data, path.name, limits)


def interpret(data: bytes, name: str, limits: PickleLimits = PickleLimits()) -> Any:
    """The value in the bytes of a pickle; see read_numpy_pickle.

    Args:
        data: of the whole pickle, nothing after its end.
        name: of the file, for messages.
        limits: what it may take.
    """
    return _Machine(data, name, limits).run()


class _Machine:
    """Stack, marks and memo of the unpickling machine."""

    def __init__(self, data: bytes, name: str, limits: PickleLimits) -> None:
        self._data, self._name, self._limits = data, name, limits
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}
        self._position = self._frame_end = self._made_bytes = 0
        self._actions: Mapping[str, Callable[[Any], None]] = {
            "PROTO": self._proto,
            "FRAME": self._frame,
            "BYTEARRAY8": lambda arg: self._stack.append(bytes(arg)),
            "EMPTY_LIST": lambda _: self._stack.append([]),
            "EMPTY_DICT": lambda _: self._stack.append({}),
            "MARK": lambda _: self._marks.append(len(self._stack)),
            "LIST": lambda _: self._stack.append(self._to_mark()),
            "TUPLE": lambda _: self._stack.append(tuple(self._to_mark())),
            "TUPLE1": lambda _: self._stack.append((self._pop(),)),
            "TUPLE2": lambda _: self._stack.append(tuple(self._pop_many(2))),
            "TUPLE3": lambda _: self._stack.append(tuple(self._pop_many(3))),
            "DICT": lambda _: self._stack.append(self._fill({}, self._to_mark())),
            "APPEND": lambda _: self._extend([self._pop()]),
            "APPENDS": lambda _: self._extend(self._to_mark()),
            "SETITEM": lambda _: self._fill_top(self._pop_many(2)),
            "SETITEMS": lambda _: self._fill_top(self._to_mark()),
            "POP": self._discard,
            "POP_MARK": lambda _: self._forget(self._to_mark()),
            "DUP": lambda _: self._stack.append(self._top()),
            "PUT": self._put,
            "BINPUT": self._put,
            "LONG_BINPUT": self._put,
            "MEMOIZE": lambda _: self._put(len(self._memo)),
            "GET": self._get,
            "BINGET": self._get,
            "LONG_BINGET": self._get,
            "GLOBAL": self._symbol,
            "STACK_GLOBAL": lambda _: self._symbol(self._stacked_name()),
            "REDUCE": self._reduce,
            "BUILD": self._build,
        }

    def run(self) -> Any:
        """Interpret all instructions and take what is left on the stack."""
        count = 0
        try:
            for opcode, arg, position in pickletools.genops(io.BytesIO(self._data)):
                self._position = position or 0
                count += 1
                if count > self._limits.instructions:
                    self._refuse(f"it has more than {self._limits.instructions} instructions")
                if opcode.name in _LITERALS:
                    self._stack.append(arg)
                elif opcode.name in _CONSTANTS:
                    self._stack.append(_CONSTANTS[opcode.name])
                elif opcode.name in self._actions:
                    self._actions[opcode.name](arg)
                elif opcode.name != "STOP":
                    self._refuse(f"the instruction {opcode.name} builds something else than arrays and plain values")
        except (ValueError, OverflowError) as error:
            if isinstance(error, InputError):
                raise
            raise DamagedFileError(f"{self._name}: not a whole pickle ({error}).", _HINT) from error
        if self._position != len(self._data) - 1:
            self._refuse(f"{len(self._data) - 1 - self._position} bytes follow its end")
        value = self._pop()
        if self._stack or self._marks:
            self._refuse("it leaves more than one value")
        return self._resolve(value, 0, {}, set())

    def _refuse(self, what: str) -> NoReturn:
        raise DamagedFileError(f"{self._name}: refused at byte {self._position}: {what}.", _HINT)

    # --- stack ---

    def _top(self) -> Any:
        if len(self._stack) <= (self._marks[-1] if self._marks else 0):
            self._refuse("it takes a value that is not there")
        return self._stack[-1]

    def _pop(self) -> Any:
        self._top()
        return self._stack.pop()

    def _pop_many(self, count: int) -> list[Any]:
        return [self._pop() for _ in range(count)][::-1]

    def _to_mark(self) -> list[Any]:
        if not self._marks:
            self._refuse("it takes values up to a mark that is not there")
        start = self._marks.pop()
        items = self._stack[start:]
        del self._stack[start:]
        return items

    def _discard(self, _: object) -> None:
        if self._marks and len(self._stack) == self._marks[-1]:
            self._marks.pop()
        else:
            self._pop()

    def _forget(self, _: object) -> None:
        """The values are dropped."""

    def _extend(self, items: list[Any]) -> None:
        target = self._top()
        if type(target) is not list:
            self._refuse("it appends to what is no list")
        target.extend(items)

    def _fill_top(self, items: list[Any]) -> None:
        target = self._top()
        if type(target) is not dict:
            self._refuse("it sets items of what is no dict")
        self._fill(target, items)

    def _fill(self, target: dict[Any, Any], items: list[Any]) -> dict[Any, Any]:
        if len(items) % 2:
            self._refuse("a dict has a key without a value")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if type(key) not in (str, bytes, int, float, bool):
                self._refuse(f"a dict has a key of type {type(key).__name__.strip('_')}")
            target[key] = value
        return target

    # --- memo, frames ---

    def _put(self, place: int) -> None:
        self._memo[place] = self._top()

    def _get(self, place: int) -> None:
        if place not in self._memo:
            self._refuse(f"it takes the value {place} of the memo, which was never put there")
        self._stack.append(self._memo[place])

    def _proto(self, protocol: int) -> None:
        if protocol > _PROTOCOL:
            self._refuse(f"it is of protocol {protocol}, and those up to {_PROTOCOL} are read")

    def _frame(self, length: int) -> None:
        end = self._position + 9 + length
        if self._position < self._frame_end or end > len(self._data):
            self._refuse(f"a frame of {length} bytes reaches beyond its place")
        self._frame_end = end

    # --- numpy ---

    def _stacked_name(self) -> str:
        module, name = self._pop_many(2)
        if type(module) is not str or type(name) is not str:
            self._refuse("it names something without text")
        return f"{module} {name}"

    def _symbol(self, name: str) -> None:
        if name not in _NAMES:
            self._refuse(f"it asks for '{name[:80]}', and only numpy arrays and plain values are read")
        self._stack.append(_NAMES[name])

    def _reduce(self, _: object) -> None:
        """A call in the file: the few that numpy's pickles make, done here."""
        symbol, arguments = self._pop_many(2)
        if type(arguments) is not tuple:
            self._refuse("a call has no tuple of arguments")
        match symbol, arguments:
            case _Symbol.BYTES, ():
                self._stack.append(b"")
            case _Symbol.ENCODE, (str() as text, "latin1" | "latin-1"):
                self._stack.append(self._bytes(text))
            case _Symbol.DTYPE, (str() as code, *_) if code in _NUMBERS:
                self._stack.append(_Dtype(code))
            case _Symbol.DTYPE, (str() as code, *_):
                self._refuse(f"it has elements of type {code[:20]!r}, and only numbers are read")
            case _Symbol.RECONSTRUCT, (_Symbol.NDARRAY, (0,), b"b" | "b"):
                self._stack.append(_Array())
            case _Symbol.FROM_BUFFER, (bytes() as data, _Dtype() as dtype, shape, "C" | "F" as order):
                self._stack.append(_Array(self._array(shape, dtype, order, data)))
            case _Symbol.FROM_BUFFER, (bytes() as data, _Dtype() as dtype, shape, "C" | "F" as order, None):
                self._stack.append(_Array(self._array(shape, dtype, order, data)))
            case _Symbol.SCALAR, (_Dtype() as dtype, bytes() | str() as data):
                self._stack.append(self._array((), dtype, "C", self._bytes(data))[()])
            case _:
                self._refuse("a call is not one that numpy's arrays make")

    def _build(self, _: object) -> None:
        """The state of a dtype or an array that was begun before."""
        state = self._pop()
        target = self._top()
        match target, state:
            case _Dtype(is_built=False), (3 | 4, str() as order, None, None, None, *_) if order in _ORDERS:
                target.value = np.dtype(_ORDERS[order] + target.code)
                target.is_built = True
            case _Array(value=None), (1, shape, _Dtype() as dtype, bool() | int() as fortran, bytes() | str() as data):
                target.value = self._array(shape, dtype, "F" if fortran else "C", self._bytes(data))
            case _:
                self._refuse("it sets a state that is not one of a number type or an array")

    def _bytes(self, data: bytes | str) -> bytes:
        """Bytes that were written as text, as Python 2 and protocols 0 to 2 do."""
        if isinstance(data, bytes):
            return data
        self._take(len(data))
        return data.encode("latin-1")

    def _take(self, count: int) -> None:
        """Count what is made here: one text in the file could be asked for any number of times."""
        self._made_bytes += count
        if self._made_bytes > self._limits.array_bytes:
            self._refuse(f"its arrays take more than {self._limits.array_bytes} bytes")

    def _array(self, shape: object, dtype: _Dtype, order: str, data: bytes) -> NDArray[Any]:
        """An array of a shape from its bytes; the size is reckoned before any memory is taken."""
        if (
            type(shape) is not tuple
            or len(shape) > _MAX_DIMENSIONS
            or not all(type(side) is int and 0 <= side < 1 << 31 for side in shape)
        ):
            self._refuse(f"an array has the shape {str(shape)[:60]}")
        size = math.prod(shape) * dtype.value.itemsize
        if size != len(data):
            self._refuse(f"an array of shape {shape} needs {size} bytes and has {len(data)}")
        self._take(size)
        native = dtype.value.newbyteorder("=")
        if not size:
            return np.zeros(shape, dtype=native)
        if dtype.value.kind == "b":
            flat = np.frombuffer(data, dtype=np.uint8) != 0  # a bool of any other byte is undefined
        else:
            flat = np.frombuffer(data, dtype=dtype.value).astype(native, copy=False)
        values: NDArray[Any] = flat.reshape(shape, order="F" if order == "F" else "C")
        values.flags.writeable = False
        return values

    # --- result ---

    def _resolve(self, value: Any, depth: int, done: dict[int, Any], active: set[int]) -> Any:
        """The value with finished arrays in place of those in the making; containers that hold themselves are
        refused, shared ones are gone through once."""
        if isinstance(value, _PLAIN):
            return value
        if depth > self._limits.depth:
            self._refuse(f"its containers are more than {self._limits.depth} deep")
        if id(value) in done:
            return done[id(value)]
        if id(value) in active:
            self._refuse("a container holds itself")
        active.add(id(value))
        result: Any
        if isinstance(value, _Array):
            if value.value is None:
                self._refuse("an array was begun and not finished")
            result = value.value
        elif isinstance(value, _Dtype):
            result = value.value
        elif type(value) in (list, tuple):
            result = type(value)(self._resolve(item, depth + 1, done, active) for item in value)
        elif type(value) is dict:
            result = {key: self._resolve(item, depth + 1, done, active) for key, item in value.items()}
        else:
            self._refuse("it holds a name alone")
        active.discard(id(value))
        done[id(value)] = result
        return result
