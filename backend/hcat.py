"""HCAT, EuroCrops' hierarchy of crops: codes, names, parents, and which classes of a legend a node can stand for.

A code has ten digits. The first two are a level each (3 characteristics, 33 crop type), each further pair is one:
3301010401 winter_barley lies below 3301010400 barley, 3301010000 cereal, 3301000000 arable_crops. Reads the codes
and names, knows no class table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .errors import InputError
from .table_file import read_rows

HCAT_FILE = Path(__file__).resolve().parents[1] / "resources" / "classes" / "hcat.csv"
"""Codes and names of HCAT 3; see the README.md beside it."""
LEVELS = (1, 2, 4, 6, 8, 10)
"""Digits that a code of each level uses; the rest are zeros."""
UNTELLABLE = {
    "3301100000": "arable_land_seed_seedlings: any arable crop, grown for seed",
    "3305000000": "greenhouse_foil_film: the cover is seen, not the crop",
    "3306000000": "tree_wood_forest: looks like the wood outside the parcels, which is background",
    "3307000000": "peat_turf: no crop",
    "3308000000": "unmaintained: anything may grow there",
    "3399000000": "not_known_and_other",
}
"""Nodes that say how land is used, not what grows there: no class of a legend can be told from them."""
_CODE = re.compile(r"3\d{9}")
_UNSPECIFIED = "unspecified_"


@dataclass(frozen=True)
class Hierarchy:
    """The nodes of HCAT."""

    names: Mapping[str, str]
    """Code to name."""

    @classmethod
    def read(cls, path: Path) -> Hierarchy:
        """The hierarchy in a file with the columns source_code (the HCAT code) and name.

        Raises:
            InputError: if a code is not one, or a code or name stands twice.
        """
        names: dict[str, str] = {}
        for line, row in read_rows(path, (("source_code",), ("name",))):
            code, name = row["source_code"], row["name"]
            if not is_code(code):
                raise InputError(f"{path.name}, line {line}: an HCAT code has ten digits, not '{code}'.")
            if code in names or name in names.values():
                raise InputError(f"{path.name}, line {line}: '{code}' or '{name}' stands there twice.")
            names[code] = name
        return cls(names)

    def find(self, text: str) -> str | None:
        """The code of a node given by code or name; a well-formed code of a newer HCAT is taken as it is."""
        if is_code(text):
            return text
        return next((code for code, name in self.names.items() if name == text), None)

    def below(self, code: str) -> tuple[str, ...]:
        """The listed nodes below one, at any depth."""
        start = code[: _depth(code)]
        return tuple(other for other in self.names if other.startswith(start) and other != code)

    def classes_of(self, node: str, anchors: Mapping[str, int]) -> tuple[int, ...]:
        """Legend codes that a node can stand for.

        A class counts for its anchors and all below them down to the next anchor, so a node's class is that of its
        nearest ancestor. A node above several classes stands for all that its leaves belong to. A node named
        unspecified_* says no more than its parent does.

        Args:
            node: an HCAT code, listed or not.
            anchors: HCAT code to legend code.

        Returns:
            One code, several in ascending order, or none where the node says no crop.
        """
        if _untellable(node):
            return ()
        while self.names.get(node, "").startswith(_UNSPECIFIED):
            node = next(parents(node))
        telling = [code for code in self.below(node) if not self._says_nothing(code)]
        inner = {parent for code in telling for parent in parents(code)}
        leaves = [code for code in telling if code not in inner] or [node]
        found = {_nearest(code, anchors) for code in leaves}
        return tuple(sorted(code for code in found if code is not None))

    def _says_nothing(self, code: str) -> bool:
        return _untellable(code) or self.names[code].startswith(_UNSPECIFIED)


@lru_cache(maxsize=1)
def shipped_hierarchy() -> Hierarchy:
    """HCAT 3 as it is shipped with the program."""
    return Hierarchy.read(HCAT_FILE)


def is_code(text: str) -> bool:
    """Whether a text has the form of an HCAT code."""
    return _CODE.fullmatch(text) is not None


def parents(code: str) -> Iterator[str]:
    """The codes above one, the nearest first."""
    for digits in reversed(LEVELS[: LEVELS.index(_depth(code))]):
        yield code[:digits].ljust(10, "0")


def _depth(code: str) -> int:
    """How many digits of a code say something."""
    return next(digits for digits in LEVELS if not code[digits:].strip("0"))


def _untellable(code: str) -> bool:
    return code in UNTELLABLE or any(parent in UNTELLABLE for parent in parents(code))


def _nearest(code: str, anchors: Mapping[str, int]) -> int | None:
    return next((anchors[node] for node in (code, *parents(code)) if node in anchors), None)
