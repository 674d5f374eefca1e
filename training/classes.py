"""The legend, and the tables that map a source's crop codes onto it. Reads CSV, knows no geometry."""

from __future__ import annotations

import csv
import difflib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import DamagedFileError, InputError
from backend.model_card import NODATA, CropClass

UNKNOWN = NODATA
"""Class of a cell whose crop is not known: ignored in training and in every figure, never background."""
BACKGROUND = 0
"""Class of ground that no parcel covers, where the file of parcels is complete."""
_LEGEND_COLUMNS = ("code", "name", "title", "color")
_TABLE_COLUMNS = ("source_code", "name")


@dataclass(frozen=True)
class Legend:
    """The classes of a map, each with a code of its own."""

    classes: tuple[CropClass, ...]
    """In the order of the file."""

    def __post_init__(self) -> None:
        if not self.classes:
            raise InputError("The legend lists no classes.")
        for what, values in (
            ("code", [entry.code for entry in self.classes]),
            ("name", [entry.name for entry in self.classes]),
        ):
            twice = [value for value, count in Counter(values).items() if count > 1]
            if twice:
                raise InputError(f"The legend gives the {what} {twice[0]} to more than one class.")

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the order of the classes."""
        return tuple(entry.name for entry in self.classes)

    @property
    def codes(self) -> tuple[int, ...]:
        """Raster codes in the order of the classes."""
        return tuple(entry.code for entry in self.classes)

    def code_of(self, name: str) -> int:
        """The raster code of a class.

        Raises:
            InputError: if the legend has no class of that name; the nearest one is named.
        """
        for entry in self.classes:
            if entry.name == name:
                return entry.code
        raise InputError(f"The legend has no class '{name}'{nearest(name, self.names)}.")

    @classmethod
    def read(cls, path: Path) -> Legend:
        """The legend in a CSV file with the columns code, name, title, color.

        Raises:
            InputError: if the file, a column or a value is missing, or a code or name stands twice.
        """
        classes = []
        for line, row in _read_rows(path, _LEGEND_COLUMNS):
            code, name, title, color = (row[column] for column in _LEGEND_COLUMNS)
            if not code.isascii() or not code.isdigit():
                raise InputError(f"{path.name}, line {line}: the code must be a whole number, not '{code}'.")
            if not name:
                raise InputError(f"{path.name}, line {line}: the class {code} has no name.")
            try:
                classes.append(CropClass(int(code), name, title or name, color))
            except InputError as error:
                raise InputError(f"{path.name}, line {line}: {error.message}") from error
        try:
            return cls(tuple(classes))
        except InputError as error:
            raise InputError(f"{path.name}: {error.message}") from error


@dataclass(frozen=True)
class ClassTable:
    """How the crop codes of one source map onto the legend."""

    codes: dict[str, int]
    """Source code to legend code; UNKNOWN for a code that the table lists without a name."""
    source: str
    """Name of the table's file, for messages."""

    @classmethod
    def read(cls, path: Path, legend: Legend) -> ClassTable:
        """The table in a CSV file with the columns source_code, name; an empty name means "unknown".

        Raises:
            InputError: if a name is not in the legend, a source code stands twice, or a column is missing.
        """
        codes: dict[str, int] = {}
        for line, row in _read_rows(path, _TABLE_COLUMNS):
            code, name = row["source_code"], row["name"]
            if not code:
                raise InputError(f"{path.name}, line {line}: the source code is empty.")
            if code in codes:
                raise InputError(f"{path.name}, line {line}: the source code '{code}' stands there twice.")
            try:
                codes[code] = legend.code_of(name) if name else UNKNOWN
            except InputError as error:
                raise InputError(
                    f"{path.name}, line {line}: {error.message}",
                    "Correct the name, or leave it empty if the crop is to be ignored.",
                ) from error
        if not codes:
            raise InputError(f"{path.name}: the table maps no crop code.")
        return cls(codes, path.name)

    def map(self, values: Iterable[Any]) -> tuple[NDArray[np.uint8], dict[str, int]]:
        """The legend codes of crop codes as they stand in a file, and what the table does not list.

        Args:
            values: crop codes, text or numbers; None and NaN stand for "no crop given".

        Returns:
            (N,) uint8 with UNKNOWN for what is not listed; how often each unlisted code occurs, most frequent
            first, "" for no crop given.
        """
        keys = [source_code(value) for value in values]
        unmapped = Counter(key for key in keys if key not in self.codes)
        out = np.array([self.codes.get(key, UNKNOWN) for key in keys], dtype=np.uint8)
        return out, dict(unmapped.most_common())


def source_code(value: Any) -> str:
    """A crop code as the tables write it: 6, 6.0 and " 6 " are "6", None and NaN are ""."""
    if value is None:
        return ""
    if isinstance(value, float | np.floating):
        if math.isnan(value):
            return ""
        if float(value).is_integer():
            return str(int(value))
    return str(value).strip()


def nearest(word: str, known: Sequence[str]) -> str:
    """The tail of a message about an unknown name: the nearest known one in brackets, or all of them."""
    folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.4)
    if found:
        return f" (nearest: '{folded[found[0]]}')"
    return f" (there are: {', '.join(known[:20])}{', ...' if len(known) > 20 else ''})" if known else ""


def _read_rows(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """(line, row) of a CSV file that must have these columns; values stripped, blank lines skipped."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}.") from error
    except UnicodeDecodeError as error:
        raise DamagedFileError(
            f"{path.name}: not a text file in UTF-8.", "Save the table as CSV in UTF-8."
        ) from error
    lines = text.splitlines()
    # spreadsheets of half of Europe write semicolons
    delimiter = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.DictReader(lines, delimiter=delimiter, skipinitialspace=True)
    header = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = header
    for column in columns:
        if column not in header:
            raise InputError(
                f"{path.name}: no column '{column}'{nearest(column, header)}; it needs {', '.join(columns)}."
            )
    rows = []
    for row in reader:
        values = {column: (row[column] or "").strip() for column in columns}
        if any(values.values()):
            rows.append((reader.line_num, values))
    return rows
