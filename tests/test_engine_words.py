"""What the engine says, in QGIS's language: sentences that are listed, and only those that the engine still says."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from cscl_qgis import engine_words

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
import translations  # noqa: E402

FRENCH = translations.read("fr")


@pytest.fixture
def french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_words, "tr", lambda text: FRENCH.get(text, text))


def test_in_english_every_sentence_stays_as_it_was() -> None:
    for sentence in engine_words.SENTENCES:
        said = sentence.replace("{}", "x y")
        assert engine_words.told(said) == said


def test_a_sentence_is_translated_with_what_it_names(french: None) -> None:
    assert engine_words.told("Trying a tile") == "Essai d'une tuile"
    assert engine_words.told("12 of 13 acquisitions are used") == "12 acquisitions sur 13 sont utilisées"
    said = engine_words.told("2018-04-18 T31TEJ is not used: 3.2% clear in the region, less than 5%.")
    assert said == "2018-04-18 T31TEJ n'est pas utilisée\xa0: 3.2% clairs dans la région, moins de 5%."


def test_what_is_not_known_stays(french: None) -> None:
    assert engine_words.told("Something else happened.") == "Something else happened."


def test_the_sentences_of_an_event_are_translated_and_nothing_else(french: None) -> None:
    event: dict[str, Any] = {
        "event": "result",
        "outputs": {"run": "Trying a tile"},
        "summary": {"rows": [{"date": "2018-01-01", "reason": "no clear pixel"}], "note": "Trying a tile", "dates": 3},
    }
    made = engine_words.translated(event)
    assert made["outputs"] == {"run": "Trying a tile"}
    assert made["summary"]["rows"] == [{"date": "2018-01-01", "reason": "aucun pixel clair"}]
    assert (made["summary"]["note"], made["summary"]["dates"]) == ("Essai d'une tuile", 3)
    assert event["summary"]["note"] == "Trying a tile"
    error = engine_words.translated({"event": "error", "message": "The memory ran out.", "exit_code": 5})
    assert error == {"event": "error", "message": "La mémoire est épuisée.", "exit_code": 5}


@pytest.mark.parametrize("sentence", engine_words.SENTENCES)
def test_the_engine_still_says_it(sentence: str) -> None:
    assert any(pattern.fullmatch(sentence) for pattern in ENGINE), f"the engine has no sentence like {sentence!r}"


def engine_patterns() -> list[re.Pattern[str]]:
    """All strings of the engine's code, with anything where a value comes."""
    found = set()
    for path in sorted((ROOT / "backend").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found.add(_pattern(node))
    return [re.compile(text, re.DOTALL) for text in found if len(re.sub(r"\.\*|\W", "", text)) > 1]


def _pattern(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".*" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (_pattern(node.left) or ".*") + (_pattern(node.right) or ".*")
    return ""


ENGINE = engine_patterns()
