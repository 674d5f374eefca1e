"""Class tables on disk: the shipped ones by name, and one's own as CSV. No QGIS in here."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, List, Tuple

from .dataset_config import shipped_tables

COLUMNS = ("source_code", "name", "title")
SEPARATOR = "|"
"""Between the names of several classes that a code may be."""
FIRST: Tuple[Tuple[str, str], ...] = (
    ("rpg", "RPG (France), crop codes"),
    ("hcat", "HCAT codes"),
    ("eurocrops_hcat", "HCAT names (EuroCrops)"),
)
"""Shipped tables that declarations most often need, and what they are called."""


@dataclass
class CodeRow:
    """A declared code as the editor has it."""

    code: str
    title: str
    parcels: int
    """Parcels that have it."""
    is_listed: bool
    """Whether the table says something of it, be it that nothing can be told from it."""
    classes: List[str]
    """Names of the classes that it may be."""


def known_tables() -> List[Tuple[str, str]]:
    """Names of the shipped tables and what they are called, those most often needed first."""
    names = dict(FIRST)
    return [*FIRST, *((name, name) for name in shipped_tables() if name not in names)]


def write_table(path: Path, rows: Iterable[CodeRow]) -> None:
    """Write a class table, whole or not at all; rows that are not listed are left out.

    Raises:
        OSError: if it cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        if row.is_listed:
            writer.writerow([row.code, SEPARATOR.join(row.classes), row.title])
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_text(text.getvalue(), encoding="utf-8")
        os.replace(str(partial), str(path))
    finally:
        if partial.exists():
            partial.unlink()
