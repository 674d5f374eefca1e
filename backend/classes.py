"""The legend, and the tables that map a source's crop codes onto it. Reads CSV and YAML, knows no geometry."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .hcat import is_code, shipped_hierarchy
from .model_card import NODATA, CropClass
from .table_file import nearest, read_rows

CLASSES = Path(__file__).resolve().parents[1] / "resources" / "classes"
"""Where the legend and the shipped class tables lie."""
UNKNOWN = NODATA
"""Class of a cell whose crop is not known: ignored in training and in every figure, never background."""
BACKGROUND = 0
"""Class of ground that no parcel covers, where the file of parcels is complete."""
OTHER = "other"
"""Name of the class of crops that have no class of their own. A parcel, so never background."""
SEPARATOR = "|"
"""Between the names of a cell that lists several classes, and between the HCAT codes of a class."""
_LEGEND_COLUMNS = (("code",), ("name",), ("title",), ("color",))
_HCAT_COLUMN = "hcat_code"
# the second names are those of EuroCrops' country mappings, which can be read as they are
_TABLE_COLUMNS = (("source_code", "original_code"), ("name", "HCAT3_name", "HCAT3_code"))
_TITLE_COLUMN = "title"


@dataclass(frozen=True)
class Legend:
    """The classes of a map, each with a code of its own."""

    classes: tuple[CropClass, ...]
    """In the order of the file."""
    hcat: Mapping[str, int] = field(default_factory=dict)
    """HCAT code to the code of the class that stands for it and for what lies below it; may be empty."""

    def __post_init__(self) -> None:
        if not self.classes:
            raise InputError("The legend lists no classes.", "Give a line for each class.")
        for what, values in (
            ("code", [entry.code for entry in self.classes]),
            ("name", [entry.name for entry in self.classes]),
        ):
            twice = [value for value, count in Counter(values).items() if count > 1]
            if twice:
                raise InputError(
                    f"The legend gives the {what} {twice[0]} to more than one class.", "Correct the legend."
                )

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the order of the classes."""
        return tuple(entry.name for entry in self.classes)

    @property
    def codes(self) -> tuple[int, ...]:
        """Raster codes in the order of the classes."""
        return tuple(entry.code for entry in self.classes)

    @property
    def other(self) -> int | None:
        """The code of the class for all other crops, None if the legend has none."""
        return next((entry.code for entry in self.classes if entry.name == OTHER), None)

    def title_of(self, code: int) -> str:
        """What people read of a class; its code where the legend does not have it."""
        return next((entry.title for entry in self.classes if entry.code == code), str(code))

    def code_of(self, name: str) -> int:
        """The raster code of a class.

        Raises:
            InputError: if the legend has no class of that name; the nearest one is named.
        """
        for entry in self.classes:
            if entry.name == name:
                return entry.code
        raise InputError(
            f"The legend has no class '{name}'{nearest(name, self.names)}.",
            "Give a name of the legend (resources/classes/legend.csv).",
        )

    def codes_of(self, text: str) -> tuple[int, ...]:
        """The raster codes that a name stands for, one or several, none where it says no crop.

        Args:
            text: the name of a class, the name or the code of an HCAT node, or several of these with bars between.

        Raises:
            InputError: if a name is neither in the legend nor in HCAT, or there is nothing between two bars.
        """
        found: set[int] = set()
        parts = [part.strip() for part in text.split(SEPARATOR)]
        for part in parts:
            if not part:
                raise InputError(
                    f"There is no name on one side of a bar in '{text}'.",
                    "Give a name on both sides, or take the bar out.",
                )
            found.update(self._codes_of_one(part))
        return tuple(code for code in self.codes if code in found)

    def _codes_of_one(self, name: str) -> tuple[int, ...]:
        if name in self.names or not self.hcat:
            return (self.code_of(name),)
        hierarchy = shipped_hierarchy()
        node = hierarchy.find(name)
        if node is None:
            known = [*self.names, *hierarchy.names.values()]
            raise InputError(
                f"Neither the legend nor HCAT has a class '{name}'{nearest(name, known)}.", "Correct the name."
            )
        return hierarchy.classes_of(node, self.hcat)

    @classmethod
    def read(cls, path: Path) -> Legend:
        """The legend in a CSV file with the columns code, name, title, color and, if it is to be tied to HCAT,
        hcat_code: ten digits, several codes with bars between, or empty.

        Raises:
            InputError: if the file, a column or a value is missing, or a code, a name or an HCAT code stands twice.
        """
        classes = []
        hcat: dict[str, int] = {}
        for line, row in read_rows(path, _LEGEND_COLUMNS, (_HCAT_COLUMN,)):
            where = f"{path.name}, line {line}"
            code, name, title, color = (row[column] for (column,) in _LEGEND_COLUMNS)
            if not code.isascii() or not code.isdigit():
                raise InputError(
                    f"{where}: the code must be a whole number, not '{code}'.", "Number the classes 0, 1, 2 and so on."
                )
            if not name:
                raise InputError(f"{where}: the class {code} has no name.", "Give the class a name.")
            try:
                classes.append(CropClass(int(code), name, title or name, color))
            except InputError as error:
                raise InputError(f"{where}: {error.message}", error.hint or "Correct the line.") from error
            for node in filter(None, map(str.strip, row[_HCAT_COLUMN].split(SEPARATOR))):
                if not is_code(node):
                    raise InputError(
                        f"{where}: an HCAT code has ten digits and starts with 3, not '{node}'.",
                        "Give a code of resources/classes/hcat.csv, or leave it empty.",
                    )
                if node in hcat:
                    raise InputError(f"{where}: the HCAT code {node} stands there twice.", "Leave it with one class.")
                hcat[node] = int(code)
        try:
            return cls(tuple(classes), hcat)
        except InputError as error:
            raise InputError(f"{path.name}: {error.message}", error.hint) from error


@dataclass(frozen=True)
class ClassTable:
    """How the crop codes of one source map onto the legend."""

    codes: dict[str, int]
    """Source code to legend code; UNKNOWN for a code that the table lists without a name or with several."""
    source: str
    """Name of the table's file, for messages."""
    accepted: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Source codes that may be any of several classes: to their legend codes. No training label can be made of
    them, but a map that shows one of the classes does not contradict the declaration."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Source codes to what people call them, where the table says it."""

    @classmethod
    def read(cls, path: Path, legend: Legend) -> ClassTable:
        """The table in a CSV or YAML file with the columns source_code and name.

        A name is that of a class of the legend, or the name or code of an HCAT node, which counts for its nearest
        ancestor among the classes; several names with bars between (`barley|cereal_other`) mean "one of these", an
        empty name means "unknown". What a column title says is kept; further columns are ignored. A country
        mapping of EuroCrops can be read as it is.

        Raises:
            InputError: if a name is not known, a source code stands twice, or a column is missing.
        """
        codes: dict[str, int] = {}
        accepted: dict[str, tuple[int, ...]] = {}
        titles: dict[str, str] = {}
        for line, row in read_rows(path, _TABLE_COLUMNS, (_TITLE_COLUMN,)):
            code, name = row["source_code"], row["name"]
            if not code:
                raise InputError(
                    f"{path.name}, line {line}: the source code is empty.", "Give the code, or remove the line."
                )
            if code in codes:
                raise InputError(
                    f"{path.name}, line {line}: the source code '{code}' stands there twice.",
                    "Remove one of the two lines.",
                )
            try:
                classes = legend.codes_of(name) if name else ()
            except InputError as error:
                raise InputError(
                    f"{path.name}, line {line}: {error.message}",
                    "Correct the name, or leave it empty if the crop is to be ignored.",
                ) from error
            codes[code] = classes[0] if len(classes) == 1 else UNKNOWN
            if len(classes) > 1:
                accepted[code] = classes
            if row[_TITLE_COLUMN]:
                titles[code] = row[_TITLE_COLUMN]
        if not codes:
            raise InputError(
                f"{path.name}: the table maps no crop code.", "Give a line for each crop code of the parcels."
            )
        return cls(codes, path.name, accepted, titles)

    def accepts(self, code: Any) -> tuple[int, ...]:
        """Legend codes that agree with a declared crop code: one, several, none where nothing is known of it."""
        key = source_code(code)
        if key in self.accepted:
            return self.accepted[key]
        known = self.codes.get(key, UNKNOWN)
        return () if known == UNKNOWN else (known,)

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
