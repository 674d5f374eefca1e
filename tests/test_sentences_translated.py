"""No sentence of the plugin's reaches its users outside of `tr`: all strings of its code are looked at."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
import translations  # noqa: E402

TERMINAL = ("environment_cli.py", "set_up.py")
"""What they say, they say in a terminal, in English as all programs of the engine do."""
TWO_WORDS = re.compile(r"[^\W\d_]{2,}[,.:;]? [(']?[^\W\d_]{2,}")
MARKUP = re.compile(r"<[^>]*>|&\w+;")
WORD = re.compile(r"[^\W\d_]{2,}")
LOGGERS = ("debug", "info", "warning", "error", "exception")
"""Methods of `log`: for those who look for a fault, in English."""
TITLED = re.compile(r"QgsProcessing(Parameter|Output)\w+|choice|number|whole_number")
"""Makes a parameter or an output of an algorithm; the second argument is its title."""
SHOWN = {
    0: (
        "QLabel", "QPushButton", "QCheckBox", "QRadioButton", "QGroupBox", "QgsCollapsibleGroupBox", "QAction",
        "setText", "setTitle", "setWindowTitle", "setToolTip", "setPlaceholderText", "pushInfo", "pushWarning",
        "pushMessage", "setProgressText", "reportError", "report", "say", "failure", "WorkerPythonError", "WorkerError",
        "ValueError", "QgsProcessingException", "InputError", "ModelError", "DamagedFileError",
    ),
    1: ("declare", "WorkerPythonError", "WorkerError", "InputError", "ModelError", "DamagedFileError", "Finding"),
    2: ("follow",),
    3: ("run_training", "follow"),
}  # fmt: skip
"""What they are given at a place is shown as it is, be it one word."""
ALLOWED = {
    "import json, platform, sys": "a program",
    "import os, runpy, sys": "a program",
    "WARNING: Location '.*' is ignored: it is ": "looked for in a log",
    "import importlib, json, platform, sys": "a program",
    "import importlib.util, json, sys": "a program",
    'CASE WHEN "map_probability" IS NULL THEN NULL {} ELSE {} END': "an expression",
    "coalesce(\"map_crop\", '') || '\\n' || CASE WHEN \"map_probability\" IS NULL THEN '' ELSE "
    "round(100 * \"map_probability\") || ' %' END": "an expression",
    "<p><small>{}, {} MB, sha256 {}...</small></p>": "units",
    "Application Support": "a folder of macOS",
    "CSCL Crop Mapping": "the plugin's name",
    "Python": "a name",
    "run.json (run.json)": "a file's name",
    "from scratch": "a value that scripts give, too",
    "{}  {}, {} ha": "figures, and a class's title from the card",
    "basic display": "a part of Windows' names",
    "basic render": "a part of Windows' names",
    "remote display": "a part of Windows' names",
    "virtual display": "a part of Windows' names",
    "indirect display": "a part of Windows' names",
    "DLL load failed": "looked for in a log",
    "No module named": "looked for in a log",
    "No Python at": "looked for in a log",
    "DO NOT MATCH THE HASHES": "looked for in a log",
    "No matching distribution": "looked for in a log",
    "No space left": "looked for in a log",
    "Failed to establish": "looked for in a log",
    "Temporary failure": "looked for in a log",
    "runs on": "looked for in what the engine says",
    "already done": "looked for in what the training says",
    r"done in (\d+) s": "looked for in what the training says",
}
"""First lines of strings that no user reads as a sentence of the plugin's, and what they are."""


CONSTANTS = frozenset(translations.constants())
SPOKEN = [path for path in translations.modules() if path.name not in TERMINAL]


def outside_tr(tree: ast.Module, known: frozenset[str] = frozenset()) -> list[tuple[int, str]]:
    """Line and text of strings that look like sentences, or are shown, and are not given to `tr`.

    Args:
        tree: of a module.
        known: constants outside of functions that are translated where they are shown.
    """
    shown = {id(part) for call in ast.walk(tree) if isinstance(call, ast.Call) for part in _shown(call)}
    return [(node.lineno, text) for node, text in _strings(tree, shown, known) if not _is_allowed(text)]


def _is_allowed(text: str) -> bool:
    return text.split("\n", 1)[0] in ALLOWED


def _strings(
    node: ast.AST, shown: set[int], known: frozenset[str], is_inside: bool = False
) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(node, ast.Call) and (_name(node.func) == "tr" or _is_log(node)):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, (ast.JoinedStr, ast.Constant)):
        text = _text(node)
        words = MARKUP.sub(" ", text)
        is_told = TWO_WORDS.search(words) or (id(node) in shown and WORD.search(words))
        if is_told and (is_inside or text not in known):
            yield node, text
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)):  # a part of the whole
            yield from _strings(child, shown, known, is_inside or isinstance(node, ast.FunctionDef))


def _shown(call: ast.Call) -> Iterator[ast.AST]:
    """Arguments of a call that are shown as they are, and their parts."""
    name = _name(call.func)
    places = [1] if TITLED.fullmatch(name) else [place for place, names in SHOWN.items() if name in names]
    for place in places:
        for given in call.args[place : place + 1]:
            while isinstance(given, ast.BinOp):
                yield from (given.left, given.right)
                given = given.left
            yield from (given.body, given.orelse) if isinstance(given, ast.IfExp) else (given,)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _is_log(call: ast.Call) -> bool:
    function = call.func
    return isinstance(function, ast.Attribute) and _name(function.value) == "log" and function.attr in LOGGERS


def _text(node: ast.expr) -> str:
    """The text; of an f-string with {} where a value comes."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: path.name)
def test_every_sentence_is_given_to_tr(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = outside_tr(tree, CONSTANTS)
    assert not found, f"{path.relative_to(ROOT)}: these (line, text) are shown in English only; put them into tr(...)"


@pytest.mark.parametrize("path", translations.modules(), ids=lambda path: path.name)
def test_tr_is_asked_when_the_text_is_shown_and_gets_a_text_that_can_be_found(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        id(part)
        for block in ast.walk(tree)
        if isinstance(block, (ast.FunctionDef, ast.Lambda))
        for part in _body(block)
    }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _name(call.func) == "tr":
            assert id(call) in inside, f"line {call.lineno}: a module is loaded before there is a translator"
            given = call.args[0]
            assert not isinstance(given, (ast.JoinedStr, ast.BinOp)), f"line {call.lineno}: use tr('... {{}}').format()"
            if isinstance(given, ast.Constant):
                assert given.value == given.value.strip(), f"line {call.lineno}: put spaces outside of the text"


def _body(block: ast.FunctionDef | ast.Lambda) -> Iterator[ast.AST]:
    for part in block.body if isinstance(block, ast.FunctionDef) else [block.body]:
        yield from ast.walk(part)


@pytest.mark.parametrize(
    "code",
    [
        'def f(path):\n    raise ValueError(f"There is no file {path}.")',
        'def f(error):\n    raise failure(error or "It broke.")',
        'def f(self):\n    return "It is " + self.name',
        'def f(self):\n    self.button.setText("Run")',
        'def f(self):\n    self.label = QLabel("Name" if self.is_new else tr("Old name"))',
        'def f(self):\n    self.declare(QgsProcessingParameterFile(self.FILE, "File"), tr("A file."))',
        'def f(feedback):\n    feedback.pushInfo(f"Found: {feedback}")',
        'HINT = "Run it again."',
    ],
)
def test_a_new_sentence_outside_of_tr_is_found(code: str) -> None:
    assert len(outside_tr(ast.parse(code))) == 1


@pytest.mark.parametrize(
    "code",
    [
        'def f():\n    """Two words."""\n    raise ValueError(tr("There is no file {}.").format("a"))',
        'def f(log):\n    log.warning("%s is left out", log)',
        'def f(self, name):\n    self.label.setText(f"<b>{name}</b>")',
        'def f():\n    return {"some_key": "utf-8", "path": "a/b c"}',
    ],
)
def test_what_is_translated_or_no_sentence_is_passed_over(code: str) -> None:
    assert outside_tr(ast.parse(code)) == []


def test_what_is_allowed_is_still_there() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in translations.modules()]
    there = {
        _text(node).split("\n", 1)[0]
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, (ast.Constant, ast.JoinedStr))
    }
    assert set(ALLOWED) - there == set()
