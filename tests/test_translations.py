"""French and German: every text of the windows is translated, what is compiled is what is written, and places fit."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "scripts" / "translations.py"
spec = importlib.util.spec_from_file_location("translations", SCRIPT)
if spec is None or spec.loader is None:
    pytest.fail("scripts/translations.py cannot be loaded")
translations = importlib.util.module_from_spec(spec)
spec.loader.exec_module(translations)


def test_every_text_is_translated_and_none_is_left_over() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_places_for_values_and_shortcuts_are_kept(language: str) -> None:
    for source, text in translations.read(language).items():
        assert re.findall(r"{[^}]*}", source) == re.findall(r"{[^}]*}", text), source
        assert source.count("&") == text.count("&"), source


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_the_compiled_file_is_of_these_translations(language: str) -> None:
    core = pytest.importorskip("PyQt6.QtCore", reason="PyQt6 is not installed here")
    translator = core.QTranslator()
    assert translator.load(str(translations.FOLDER / f"cscl_{language}.qm"))
    for source, text in translations.read(language).items():
        assert translator.translate(translations.CONTEXT, source) == text, "run scripts/translations.py"
