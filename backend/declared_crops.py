"""Declared crops beside what a map shows: the classes of each declared code, and what came of comparing them.

It compares and counts, and draws no conclusion: there are no error rates here, and a crop that the model has no class
for is never held against a declaration.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from .classes import BACKGROUND, CLASSES, ClassTable, Legend, source_code
from .errors import InputError
from .geodesy import metres_per_unit
from .model_card import NODATA, CropClass, ModelCard, file_sha256, read_card
from .parcel_file import ParcelFile, read_parcels
from .protocol import (
    AGREEMENTS,
    ANOTHER,
    FOUND,
    NONE_FOUND,
    NOT_DECLARED,
    NOT_LISTED,
    NOT_MAPPED,
    UNKNOWN_TO_MODEL,
)
from .session import Session
from .table_file import nearest

DECLARED_FIELDS = {
    "map_declared": "declared code, as the class table writes it",
    "map_declared_classes": "titles of the classes that the code may be, after the class table",
    "map_declared_probability": "probability of these classes in the parcel, those the model has, summed, 0-1",
    "map_agreement": "one of: " + "; ".join(AGREEMENTS) + ". No verdict: the map errs, too",
}
"""Fields that are added to the table of parcels where declarations are given."""
MOST_LISTED = 20
"""Codes that a summary names of those the table does not list."""
_NAME = re.compile(r"[A-Za-z0-9_-]+")

Column = tuple[npt.NDArray[Any], npt.NDArray[np.bool_] | None]
"""Values (P,), and where there are none."""


@dataclass(frozen=True)
class Meaning:
    """What a class table and a model make of one declared code."""

    is_listed: bool
    """False for a code that the table does not have."""
    classes: tuple[str, ...] = ()
    """Names of the classes that it may be; none where nothing can be told from the code."""
    titles: tuple[str, ...] = ()
    """What people call them."""
    known: tuple[int, ...] = ()
    """Codes of the model's classes among them."""
    is_whole: bool = False
    """True if the model has all of them, so that another crop is another crop."""

    def agreement(self, found: int) -> str:
        """What a parcel with this declaration is told, where the map shows a class (its code)."""
        if not self.is_listed:
            return NOT_LISTED
        if found in self.known:
            return FOUND
        if not self.is_whole:
            return UNKNOWN_TO_MODEL
        return NONE_FOUND if found == BACKGROUND else ANOTHER


class DeclaredCrops:
    """A field of declared crops, and a class table read for a model."""

    def __init__(
        self, field: str, classes: Sequence[CropClass], table: ClassTable, legend: Legend, source: dict[str, str]
    ) -> None:
        self.field = field
        """Of the parcels."""
        self._classes, self._table, self._legend, self._source = tuple(classes), table, legend, source

    @classmethod
    def read(cls, field: str, name: str, card: ModelCard | None) -> DeclaredCrops:
        """Read a class table.

        Its names are those of the model's classes, of the shipped legend or of HCAT.

        Args:
            field: of the parcels, with the declared crop.
            name: of a shipped table (resources/classes), or the path of one's own.
            card: of the model; None for one that is yet to be trained, which may have every class of the legend.

        Raises:
            InputError: if there is no such table, or something in it is wrong.
            DamagedFileError: if it is no text in UTF-8.
        """
        path = table_path(name)
        legend = Legend.read(CLASSES / "legend.csv") if card is None else legend_of(card)
        table = ClassTable.read(path, legend)
        classes = legend.classes if card is None else card.classes
        return cls(field, classes, table, legend, {"table": name, "sha256": f"sha256:{file_sha256(path)}"})

    def title(self, code: str) -> str:
        """What people call a code; empty where the table does not say it."""
        return self._table.titles.get(code, "")

    @property
    def codes(self) -> tuple[str, ...]:
        """All that the table lists, in its order."""
        return tuple(self._table.codes)

    def meaning(self, code: str) -> Meaning:
        """What is made of a code."""
        if code not in self._table.codes:
            return Meaning(False)
        accepted = set(self._table.accepts(code))
        own = {entry.code for entry in self._classes}
        known, other = accepted & own, self._legend.other
        is_whole = bool(accepted) and accepted <= own
        if accepted and not is_whole and other in own:
            known.add(other)  # a class with too few parcels to learn was taught as "other"
        entries = [entry for entry in self._legend.classes if entry.code in accepted]
        return Meaning(
            True,
            tuple(entry.name for entry in entries),
            tuple(entry.title for entry in entries),
            tuple(sorted(known)),
            is_whole,
        )

    def columns(
        self, declared: Sequence[Any], shares: npt.NDArray[np.float64], cells: npt.NDArray[np.int64]
    ) -> dict[str, Column]:
        """The columns of DECLARED_FIELDS, in that order.

        Args:
            declared: (P,) codes as the parcels' file has them.
            shares: (P, K) class probabilities of the parcels, in the order of the card's classes.
            cells: (P,) mapped cells.
        """
        codes = [source_code(value) for value in declared]
        meanings = {code: self.meaning(code) for code in set(codes)}
        order = [entry.code for entry in self._classes]
        most = np.array(order)[np.argsort(-shares, axis=1, kind="stable")[:, 0]] if len(codes) else np.zeros(0)
        titles, chances, agreements = [], np.zeros(len(codes)), []
        for row, code in enumerate(codes):
            meaning = meanings[code]
            titles.append("; ".join(meaning.titles))
            chances[row] = sum(shares[row, order.index(known)] for known in meaning.known)
            if not code:
                agreements.append(NOT_DECLARED)
            else:
                agreements.append(meaning.agreement(int(most[row])) if cells[row] else NOT_MAPPED)
        unknown = np.array([not meanings[code].known for code in codes], dtype=bool)
        return {
            "map_declared": (_texts(codes), np.array([not code for code in codes], dtype=bool)),
            "map_declared_classes": (_texts(titles), np.array([not title for title in titles], dtype=bool)),
            "map_declared_probability": (np.round(np.minimum(chances, 1.0), 4), unknown | (cells == 0)),
            "map_agreement": (_texts(agreements), None),
        }

    def summary(self, columns: Mapping[str, Column]) -> dict[str, Any]:
        """Counts of the columns as JSON values.

        Returns:
            field, table, sha256, agreement (what is said -> parcels) and not_listed (code -> parcels, the most
            frequent first).
        """
        codes, agreements = columns["map_declared"][0].tolist(), columns["map_agreement"][0].tolist()
        counts = Counter(agreements)
        listed = set(self._table.codes)
        return {
            "field": self.field,
            **self._source,
            "agreement": {name: counts[name] for name in AGREEMENTS if counts[name]},
            "not_listed": dict(Counter(code for code in codes if code and code not in listed).most_common(MOST_LISTED)),
        }

    def listing(self, declared: Sequence[Any], hectares: Sequence[float] = ()) -> dict[str, Any]:
        """The table as an editor shows it, codes that parcels have first.

        Args:
            declared: codes as a file of parcels has them; empty without parcels.
            hectares: area of each of these parcels; empty where it is not wanted.

        Returns:
            codes: each with code, title, parcels (how many), area_ha (theirs), listed, and classes (names); classes:
            those that a code can be mapped to, with name, title, color and known (whether the model has it);
            undeclared: parcels without a code.
        """
        values = [source_code(value) for value in declared]
        counts = Counter(code for code in values if code)
        areas = dict.fromkeys(counts, 0.0)
        for code, area in zip(values, hectares, strict=False):
            areas[code] = areas.get(code, 0.0) + area
        first = [code for code, _ in counts.most_common()]
        own = {entry.code for entry in self._classes}
        rows = []
        for code in [*first, *(code for code in self.codes if code not in counts)]:
            meaning = self.meaning(code)
            rows.append(
                {
                    "code": code,
                    "title": self.title(code),
                    "parcels": counts.get(code, 0),
                    "area_ha": round(areas.get(code, 0.0), 2),
                    "listed": meaning.is_listed,
                    "classes": list(meaning.classes),
                }
            )
        classes = [
            {"name": entry.name, "title": entry.title, "color": entry.color, "known": entry.code in own}
            for entry in self._legend.classes
        ]
        return {"codes": rows, "classes": classes, "undeclared": sum(not code for code in values)}


def list_codes(class_table: str, model: str, parcels: str, declared: str) -> dict[str, Any]:
    """DeclaredCrops.listing of a table, a model and parcels that lie in files.

    Args:
        class_table: name of a shipped one, or a path.
        model: the ONNX file; empty for one that is yet to be trained.
        parcels: vector file; empty for none.
        declared: its field of declared crops.

    Raises:
        CsclError: if one of them is missing or cannot be read.
    """
    card = (read_card(Path(model)) or Session(Path(model), "cpu").card) if model else None
    crops = DeclaredCrops.read(declared, class_table, card)
    if not parcels:
        return crops.listing([])
    file = read_parcels(Path(parcels), "", declared)
    return crops.listing(file.table.column(declared).to_pylist(), _hectares(file).tolist())


def _hectares(file: ParcelFile) -> npt.NDArray[np.float64]:
    """(P,) area of each parcel on the ground; 0 where it has no outline."""
    middle = shapely.get_y(shapely.centroid(file.outlines))
    along_x, along_y = metres_per_unit(file.crs, np.nan_to_num(middle))
    return np.asarray(np.nan_to_num(shapely.area(file.outlines)) * along_x * along_y / 1e4, dtype=np.float64)


def table_path(name: str) -> Path:
    """The file of a class table.

    Args:
        name: of a shipped one, or a path.

    Raises:
        InputError: if it is neither; the nearest shipped name is told.
    """
    shipped = CLASSES / f"{name}.csv"
    if _NAME.fullmatch(name) and shipped.is_file():
        return shipped
    if not Path(name).is_file():
        known = sorted(path.stem for path in CLASSES.glob("*.csv") if not path.stem.startswith("legend"))
        raise InputError(
            f"There is no class table {name}{nearest(name, known) if _NAME.fullmatch(name) else ''}.",
            f"Give the path of a CSV file with the columns source_code and name, or one of {', '.join(known)}.",
        )
    return Path(name)


def legend_of(card: ModelCard) -> Legend:
    """The model's classes, and behind them those of the shipped legend that it has none of.

    The latter get codes that no class of the model has: a declaration can name them, a map never shows them.
    """
    shipped = Legend.read(CLASSES / "legend.csv")
    classes = list(card.classes)
    names = {entry.name for entry in classes}
    used = {entry.code for entry in classes}
    free = (code for code in range(NODATA) if code not in used)
    for entry in shipped.classes:
        if entry.name not in names and (code := next(free, None)) is not None:
            classes.append(replace(entry, code=code))
    code_of = {entry.name: entry.code for entry in classes}
    name_of = dict(zip(shipped.codes, shipped.names, strict=True))
    hcat = {node: code_of[name_of[code]] for node, code in shipped.hcat.items() if name_of[code] in code_of}
    return Legend(tuple(classes), hcat)


def _texts(values: Sequence[str]) -> npt.NDArray[np.object_]:
    out = np.empty(len(values), dtype=np.object_)
    out[:] = values
    return out
