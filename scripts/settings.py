"""Write docs/settings.md, the list of all settings of a training configuration, from training/config*.py.

    python scripts/settings.py            write the page
    python scripts/settings.py --check    change nothing; exit 1 where the page is out of date or a meaning is missing

Kinds, defaults and bounds are those of the pydantic sections, meanings the docstrings below their attributes. The text
around the tables is in settings_page.md beside this file. Run it with the Python of the training environment.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import itertools
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from training.config import TrainConfig  # noqa: E402

PAGE = ROOT / "docs" / "settings.md"
TEMPLATE = Path(__file__).with_name("settings_page.md")
TABLES = "<!-- tables -->"
"""The line of the template that the tables take the place of."""
TOLD = "finetune"
"""Of a section in several places the one in here is told, else the first: pre-training does not use all settings."""
KINDS = {
    bool: ("true or false", "truth values"),
    int: ("whole number", "whole numbers"),
    float: ("number", "numbers"),
    str: ("text", "texts"),
}
PATTERNS = {r"^[A-Za-z0-9_-]+$": "letters, digits, `_` and `-`"}
PLAIN = re.compile(r"(?!(?i:true|false|yes|no|on|off|null)$)[A-Za-z_][^:#\[\]{},]*")
"""Texts that need no quotes in YAML."""

Sections = dict[type[BaseModel], list[str]]


class SettingsError(Exception):
    """A setting that cannot be told, with what to do."""


def page(root: type[BaseModel] = TrainConfig) -> str:
    """The page's text.

    Raises:
        SettingsError: if a setting has no meaning, or a kind or bound that there are no words for.
    """
    found = sections(root)
    tables = "\n\n".join(_table(section, places, found) for section, places in found.items())
    return TEMPLATE.read_text(encoding="utf-8").replace(TABLES, tables)


def sections(root: type[BaseModel]) -> Sections:
    """Every section below a root and the places where it is, such as `dataset.sources[]`; the root is at ``""``."""
    found: Sections = {root: [""]}

    def look_into(section: type[BaseModel], place: str) -> None:
        for name, field in section.model_fields.items():
            inner = _section_in(field.annotation)
            if inner is not None:
                below = _below(place, name) + ("[]" if _is_list(field.annotation) else "")
                found.setdefault(inner, []).append(below)
                look_into(inner, below)

    look_into(root, "")
    return found


def meanings(section: type[BaseModel]) -> dict[str, str]:
    """The docstrings below the attributes of a section, each on one line."""
    tree = ast.parse(Path(inspect.getfile(section)).read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == section.__name__)
    return {
        node.target.id: _on_one_line(after.value.value)
        for node, after in itertools.pairwise(body)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str)
    }


def _table(section: type[BaseModel], places: Sequence[str], found: Sections) -> str:
    """A section's heading, what it is, and a row for each of its settings."""
    place, told = _told(places), meanings(section)
    lines = [f"### {_title(places)}", "", _docstring(section)]
    if len(places) > 1:
        lines[-1] += f" The settings are the same in each of these places; the table names those of `{place}`."
    lines += ["", "| setting | kind | default | bounds | meaning |", "|---|---|---|---|---|"]
    for name, field in section.model_fields.items():
        inner = _section_in(field.annotation)
        meaning = f"{'' if inner is None else _docstring(inner)} {told.get(name, '')}".strip()
        if not meaning:
            raise SettingsError(
                f"The setting {_below(place, name)} has no meaning: write a docstring below {section.__name__}.{name} "
                f"in {Path(inspect.getfile(section)).name}."
            )
        cells = (
            f"`{_below(place, name)}`",
            _kind(field.annotation) if inner is None else _link(field.annotation, found[inner]),
            _default(field),
            ", ".join(_bounds(_constraints(field))),
            meaning,
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def _told(places: Sequence[str]) -> str:
    return next((place for place in places if place.split(".")[0] == TOLD), places[0])


def _title(places: Sequence[str]) -> str:
    *others, last = [place or "The whole run" for place in places]
    return f"{', '.join(others)} and {last}" if others else last


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _link(annotation: Any, places: Sequence[str]) -> str:
    """To a section's table, by the anchor that GitHub makes of its heading."""
    anchor = re.sub(r"[^\w -]", "", _title(places)).lower().replace(" ", "-")
    return f"[{'list of sections' if _is_list(annotation) else 'section'}](#{anchor})"


def _docstring(section: type[BaseModel]) -> str:
    return _on_one_line(section.__doc__ or "")


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """The section that an annotation such as tuple[SourceConfig, ...] or StageConfig | None speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section_in(part))), None)


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is tuple or any(_is_list(part) for part in get_args(annotation))


def _kind(annotation: Any, many: bool = False) -> str:
    """What may be given, in words; None is told by the default.

    Raises:
        SettingsError: if there are no words for it.
    """
    origin, parts = get_origin(annotation), get_args(annotation)
    if annotation in KINDS:
        return KINDS[annotation][many]
    if origin is Annotated:
        return _kind(parts[0], many)
    if origin is Literal:
        return _either(f"`{_as_yaml(value)}`" for value in parts)
    if origin in (Union, UnionType):
        return _either(_kind(part, many) for part in parts if part is not NoneType)
    if origin is tuple and parts[-1] is Ellipsis:
        return f"list of {_kind(parts[0], many=True)}"
    if origin is tuple and len(set(parts)) == 1:
        return f"list of {len(parts)} {_kind(parts[0], many=True)}"
    if origin is dict:
        return "names with values"
    raise SettingsError(f"{annotation} is a kind of setting without words; add them to {Path(__file__).name}.")


def _either(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "none"
    if isinstance(value, BaseModel) and not value.model_fields_set:
        return "its own"
    return f"`{_as_yaml(value)}`"


def _as_yaml(value: Any) -> str:
    """A value as it is written in a configuration, on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, str):
        return value if PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, BaseModel):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_as_yaml(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(_as_yaml, value)) + "]"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _constraints(field: FieldInfo) -> list[Any]:
    """The constraints of a field, its annotation's own included."""
    return [*field.metadata, *_within(field.annotation)]


def _within(annotation: Any) -> Iterator[Any]:
    for part in get_args(annotation):
        if isinstance(part, FieldInfo):
            yield from part.metadata
        else:
            yield from _within(part)


def _bounds(constraints: Iterable[Any]) -> list[str]:
    """Constraints in words.

    Raises:
        SettingsError: if there are none for one of them.
    """
    values: dict[str, Any] = {}
    for constraint in constraints:
        # pydantic puts each of the usual ones into a class of its own, all others together into one
        values |= {name: getattr(constraint, name) for name in getattr(constraint, "__slots__", ())}
        values |= vars(constraint) if hasattr(constraint, "__dict__") else {}
    values.pop("allow_inf_nan", None)  # nobody asks for infinite ones
    words = []
    if "ge" in values and "le" in values:
        words.append(f"{_number(values.pop('ge'))} to {_number(values.pop('le'))}")
    for name, text in (("ge", "{} or more"), ("gt", "above {}"), ("lt", "below {}"), ("le", "at most {}")):
        if name in values:
            words.append(text.format(_number(values.pop(name))))
    if "multiple_of" in values:
        words.append(f"a multiple of {_number(values.pop('multiple_of'))}")
    if "min_length" in values:
        words.append(f"{values.pop('min_length')} or more of them")
    if "pattern" in values:
        pattern = values.pop("pattern")
        words.append(PATTERNS.get(pattern, f"as `{pattern}`"))
    if values:
        raise SettingsError(f"There are no words for the bound {values}; add them to {Path(__file__).name}.")
    return words


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the list of all settings of a training configuration.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where the page is out of date")
    options = parser.parse_args(arguments)
    try:
        text = page()
    except SettingsError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    if not options.check:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
        sys.stderr.write("Error: docs/settings.md is not what training/config*.py says; run scripts/settings.py.\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
