"""Rows of a small table that people write by hand: CSV as spreadsheets save it, or YAML. Knows no crops.

Every row comes with the line it stands on, so that a message can point there.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .errors import DamagedFileError, InputError, PackageMissingError

Row = tuple[int, dict[str, str]]
"""(line, value by column); values are stripped, a column that is not there is an empty text."""
YAML_SUFFIXES = (".yaml", ".yml")
_DELIMITERS = ",;\t"


def read_rows(path: Path, columns: Sequence[Sequence[str]], optional: Sequence[str] = ()) -> list[Row]:
    """The rows of a table; blank ones and columns not asked for are left out.

    CSV: comma, semicolon or tab, UTF-8 with or without byte order mark. YAML: a mapping of the first column to the
    second, or a list with one mapping of column to value an entry; a list of values is joined by "|". Scalars of
    YAML are taken as they are written, so a code NO or 007 is neither a truth value nor a number.

    Args:
        path: .yaml and .yml are read as YAML, all others as CSV.
        columns: each wanted column as the names it may have; the row uses the first.
        optional: columns that may be missing.

    Raises:
        InputError: if the file or a column is missing.
        DamagedFileError: if it is not UTF-8 or not YAML.
        PackageMissingError: if it is YAML and there is no package to read it: the mapping environment has none.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}.", "Check the path of the table.") from error
    except (UnicodeDecodeError, OSError) as error:
        raise DamagedFileError(f"{path.name}: not a text file in UTF-8.", "Save the table as CSV in UTF-8.") from error
    if path.suffix.lower() in YAML_SUFFIXES:
        return list(_yaml_rows(path, text, columns, optional))
    lines = text.splitlines()
    delimiter = max(_DELIMITERS, key=lines[0].count) if lines else ","
    reader = csv.DictReader(lines, delimiter=delimiter, skipinitialspace=True)
    try:
        header = [name.strip() for name in reader.fieldnames or ()]
    except csv.Error as error:
        raise DamagedFileError(f"{path.name}, line 1: no line of CSV ({error}).", "Correct the line.") from error
    reader.fieldnames = header
    found = [_column(path, names, header) for names in columns]
    rows = []
    for row in _dictionaries(path, reader):
        values = {names[0]: (row[name] or "").strip() for names, name in zip(columns, found, strict=True)}
        if any(values.values()):
            values.update({name: (row.get(name) or "").strip() for name in optional})
            rows.append((reader.line_num, values))
    return rows


def _dictionaries(path: Path, reader: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    """The rows of a CSV as they stand there."""
    try:
        yield from reader
    except csv.Error as error:
        raise DamagedFileError(
            f"{path.name}, line {reader.line_num + 1}: no line of CSV ({error}).", "Correct the line."
        ) from error


def nearest(word: str, known: Sequence[str]) -> str:
    """The tail of a message about an unknown name: the nearest known one in brackets, or all of them."""
    folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.4)
    if found:
        return f" (nearest: '{folded[found[0]]}')"
    return f" (there are: {', '.join(known[:20])}{', ...' if len(known) > 20 else ''})" if known else ""


def _column(path: Path, names: Sequence[str], header: Sequence[str]) -> str:
    for name in names:
        if name in header:
            return name
    raise InputError(
        f"{path.name}: no column '{names[0]}'{nearest(names[0], header)}; it needs {' or '.join(names)}.",
        "Name the columns in the first line.",
    )


def _yaml_rows(path: Path, text: str, columns: Sequence[Sequence[str]], optional: Sequence[str]) -> Iterator[Row]:
    try:
        import yaml
    except ImportError as error:
        raise PackageMissingError(
            f"{path.name}: reading a table in YAML needs the Python package PyYAML, which is not installed.",
            "Save the table as CSV in UTF-8.",
        ) from error
    try:
        # the node tree, not values: it has the lines, the scalars as written, and keys that stand twice
        root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise DamagedFileError(
            f"{path.name}: not valid YAML ({str(error).splitlines()[0]}).",
            "Correct the line, or save the table as CSV in UTF-8.",
        ) from error
    if root is None:
        return
    if root.id == "mapping":
        for key, value in root.value:
            row = {columns[0][0]: _scalar(path, key), columns[1][0]: _cell(path, value)}
            yield _line(key), row | dict.fromkeys(optional, "")
        return
    if root.id != "sequence":
        raise InputError(
            f"{path.name}: expected a mapping or a list, found a single value.",
            "Write one line for each code, such as 'WW: winter_common_soft_wheat'.",
        )
    for entry in root.value:
        if entry.id != "mapping":
            raise InputError(
                f"{path.name}, line {_line(entry)}: expected a mapping of columns to values.",
                "Write each entry as column: value.",
            )
        cells = {_scalar(path, key): _cell(path, value) for key, value in entry.value}
        where = f"{path.name}, line {_line(entry)}"
        row = {}
        for names in columns:
            name = next((name for name in names if name in cells), None)
            if name is None:
                raise InputError(
                    f"{where}: no '{names[0]}'{nearest(names[0], list(cells))}.",
                    "Give every entry each of the columns.",
                )
            row[names[0]] = cells[name]
        yield _line(entry), row | {name: cells.get(name, "") for name in optional}


def _cell(path: Path, node: Any) -> str:
    if node.id == "sequence":
        return "|".join(_scalar(path, item) for item in node.value)
    return _scalar(path, node)


def _scalar(path: Path, node: Any) -> str:
    if node.id != "scalar":
        raise InputError(
            f"{path.name}, line {_line(node)}: expected a single value.", "Write one value for each column."
        )
    null = node.tag == "tag:yaml.org,2002:null"
    return "" if null else str(node.value).strip()


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1
