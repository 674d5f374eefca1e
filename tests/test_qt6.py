"""The plugin under Qt 6: every module imports under PyQt6, and none uses what only Qt 5 has."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLUGIN = sorted((ROOT / "cscl_qgis").rglob("*.py"))


def under_pyqt6(script: str) -> str:
    """What a script of the tests prints, run where Qt is PyQt6."""
    pytest.importorskip("PyQt6", reason="PyQt6 is not installed here")
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / script)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_every_module_imports_under_pyqt6() -> None:
    printed = under_pyqt6("qt6_imports.py")
    imported = set(printed.split())
    wanted = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in PLUGIN
        if path.name != "set_up.py" and "_bundle" not in path.parts
    }
    assert wanted - imported == {"cscl_qgis"}


def test_the_timeline_shows_ticks_and_draws_under_pyqt6() -> None:
    under_pyqt6("qt6_timeline.py")


def test_the_guide_is_shown_and_read_under_pyqt6() -> None:
    under_pyqt6("qt6_guide.py")


@pytest.mark.parametrize("path", PLUGIN, ids=lambda path: path.name)
def test_qt_comes_through_qgis_alone_and_dialogs_run_by_exec(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith(("PyQt5", "PyQt6", "PySide")), f"line {node.lineno}"
        if isinstance(node, ast.Import):
            assert not any(name.name.startswith(("PyQt", "PySide")) for name in node.names), f"line {node.lineno}"
        if isinstance(node, ast.Attribute):
            assert node.attr != "exec_", f"line {node.lineno}: exec_ is gone in Qt 6"


UNSCOPED = {
    ("Qt", name)
    for name in (
        "AlignLeft", "AlignRight", "AlignCenter", "Checked", "Unchecked", "DisplayRole", "EditRole", "UserRole",
        "Horizontal", "Vertical", "LeftButton", "RightButton", "ItemIsUserCheckable", "ItemIsEditable", "WaitCursor",
        "CrossCursor", "RightDockWidgetArea", "LeftDockWidgetArea",
    )
} | {("QMessageBox", name) for name in ("Yes", "No", "Ok", "Cancel")} | {("QDialogButtonBox", "Close")}  # fmt: skip
"""Enum values that Qt 6 only knows inside their enum."""


@pytest.mark.parametrize("path", PLUGIN, ids=lambda path: path.name)
def test_enum_values_are_named_with_their_enum(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) not in UNSCOPED, f"line {node.lineno}"
