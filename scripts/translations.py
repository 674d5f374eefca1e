"""Keep the plugin's translations: find the texts in the code, update the .ts files, and compile them by Qt's lrelease.

    python scripts/translations.py            add new texts to cscl_qgis/i18n/*.ts, drop those that are gone, compile
    python scripts/translations.py --check    change nothing; exit 1 where a text is new, gone or untranslated

The .ts files are Qt's own and can be edited in Qt Linguist. lrelease comes with Qt (Debian: qttools5-dev-tools).
"""

from __future__ import annotations

import argparse
import ast
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLUGIN = ROOT / "cscl_qgis"
FOLDER = PLUGIN / "i18n"
LANGUAGES = ("de", "fr")
CONTEXT = "CSCL"
CONSTANTS = {
    "class_tables.py": {"FIRST": "seconds"},
    "engine_words.py": {"SENTENCES": "items"},
    "dialog/class_table_dialog.py": {"COLUMNS": "items"},
    "dialog/codes_table.py": {"COLUMNS": "items"},
    "dialog/timeline.py": {"COLUMNS": "items"},
    "dialog/output_page.py": {"PROBABILITIES": "seconds"},
    "dialog/setup_dialog.py": {"PURPOSES": "values", "STATES": "values"},
    "card_html.py": {"MONTHS": "items"},
    "processing/designer_models.py": {"TEXTS": "items"},
    "layers.py": {"RESULTS": "seconds"},
    "field_style.py": {"TITLES": "seconds"},
    "parcel_style.py": {"STYLES": "seconds", "AGREEMENTS": "seconds", "DECLARED": "seconds", "EVIDENCE": "seconds"},
    "environment.py": {"MAPPING": "title", "MAPPING_GPU": "title", "TRAINING": "title", "CANCELLED": "text"},
    "models.py": {"NO_MODEL_HINT": "text"},
    "processing/parcel_input.py": {"OUTSIDE_REASON": "text"},
    "runner.py": {"AFTER_CANCEL": "text"},
    "environment_build.py": {"OTHER_PYTHON": "text"},
    "worker_end.py": {"MEND": "text", "NATIVE_CRASHES": "pairs", "SIGNAL_CRASHES": "pairs"},
}
"""Texts that are translated where they are shown, not where they stand: constants, and which part of them."""
ALGORITHM = {"TITLE": "text", "GROUP": "text", "SUMMARY": "text", "HELP": "text", "TAGS": "items"}
"""Those of the classes of processing/, which CsclAlgorithm translates."""


def texts() -> list[str]:
    """All texts to be translated, in order."""
    found: dict[str, None] = {}
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            is_tr = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr"
            if is_tr and isinstance(node.args[0], ast.Constant):
                found[node.args[0].value] = None
        found.update(dict.fromkeys(_constants(path, tree)))
    return list(found)


def constants() -> list[str]:
    """Those that stand in constants."""
    return [text for path in modules() for text in _constants(path, ast.parse(path.read_text(encoding="utf-8")))]


def modules() -> list[Path]:
    """The plugin's own modules."""
    return [path for path in sorted(PLUGIN.rglob("*.py")) if "_bundle" not in path.parts]


def _constants(path: Path, tree: ast.Module) -> Iterator[str]:
    named = CONSTANTS.get(path.relative_to(PLUGIN).as_posix(), {})
    yield from _assigned(tree, named)
    if path.parent.name == "processing":
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                yield from _assigned(node, ALGORITHM)


def _assigned(block: ast.Module | ast.ClassDef, named: dict[str, str]) -> Iterator[str]:
    """Texts of the constants of a module or class that have these names."""
    for node in block.body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        pairs = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(target.elts, node.value.elts, strict=True))
        for one, value in pairs:
            part = named.get(getattr(one, "id", ""))
            if part:
                yield from (text for text in _strings(value, part) if text)


def _strings(value: ast.expr, part: str) -> Iterator[str]:
    if part == "text":
        nodes = [value]
    elif part == "title" and isinstance(value, ast.Call):
        nodes = [value.args[1]]
    elif part == "values" and isinstance(value, ast.Dict):
        nodes = value.values
    elif part == "pairs" and isinstance(value, ast.Dict):
        nodes = [node for pair in value.values if isinstance(pair, ast.Tuple) for node in pair.elts]
    elif part in ("items", "seconds") and isinstance(value, ast.Tuple):
        nodes = [item.elts[1] if isinstance(item, ast.Tuple) else item for item in value.elts]
    else:
        raise ValueError(f"a constant of texts is not written as expected: {ast.unparse(value)[:80]}")
    yield from (node.value for node in nodes if isinstance(node, ast.Constant))


def read(language: str) -> dict[str, str]:
    """Text -> translation of a .ts file; empty where there is none."""
    path = FOLDER / f"cscl_{language}.ts"
    if not path.is_file():
        return {}
    return {
        message.findtext("source", ""): message.findtext("translation", "")
        for message in ET.parse(path).getroot().iter("message")
    }


def write(language: str, translations: dict[str, str]) -> None:
    """Write a .ts file."""
    root = ET.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context = ET.SubElement(root, "context")
    ET.SubElement(context, "name").text = CONTEXT
    for source, translation in sorted(translations.items()):
        message = ET.SubElement(context, "message")
        ET.SubElement(message, "source").text = source
        told = ET.SubElement(message, "translation")
        told.text = translation
        if not translation:
            told.set("type", "unfinished")
    ET.indent(root)
    FOLDER.mkdir(exist_ok=True)
    text = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n' + ET.tostring(root, encoding="unicode") + "\n"
    (FOLDER / f"cscl_{language}.ts").write_text(text, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Keep the plugin's translations.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where something is to be done")
    options = parser.parse_args()
    wanted, is_fine = texts(), True
    for language in LANGUAGES:
        known = read(language)
        new = [text for text in wanted if not known.get(text)]
        gone = [text for text in known if text not in wanted]
        for what, listed in (("untranslated", new), ("no longer used", gone)):
            for text in listed:
                print(f"{language}: {what}: {text!r}")
        is_fine = is_fine and not new and not gone
        if not options.check:
            write(language, {text: known.get(text, "") for text in wanted})
    if options.check:
        return 0 if is_fine else 1
    lrelease = shutil.which("lrelease") or shutil.which("lrelease-qt5")
    if lrelease is None:
        sys.stderr.write("Error: lrelease was not found; install qttools5-dev-tools.\n")
        return 2
    for language in LANGUAGES:
        subprocess.run([lrelease, "-silent", str(FOLDER / f"cscl_{language}.ts")], check=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
