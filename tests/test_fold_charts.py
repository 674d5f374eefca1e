"""Charts of folds: one dot per fold and figure, and what all folds confuse together."""

from __future__ import annotations

from typing import Any

from html_page import HtmlPage

from training.fold_charts import folds_chart, pooled_charts
from training.metrics import class_figures, summarise


def fold(number: int, accuracy: float | None) -> dict[str, Any]:
    return {"fold": number, "parcels_tested": number, "overall_accuracy": accuracy, "macro_f1": 0.5, "miou": None}


def test_each_fold_has_a_dot_and_what_was_not_scored_has_none() -> None:
    text = folds_chart({"folds": [fold(1, 0.75), fold(2, None), fold(3, 0.25)]})
    page = HtmlPage(text)
    assert page.faults == []
    assert "<title>accuracy: fold 1, 75.0\u00a0%</title>" in text
    assert "fold 2, –" not in text
    dots = [attributes["class"] for _, attributes in page.tags if "dot" in attributes.get("class", "")]
    assert (dots.count("dot s0"), dots.count("dot s1"), dots.count("dot s2")) == (2 + 1, 3 + 1, 0)  # and the key's
    assert "1 parcel" in page.text
    assert folds_chart({"folds": [{"fold": 1, "parcels_tested": 0}]}) == ""


def test_classes_over_all_folds_keep_their_names_as_text() -> None:
    import numpy as np

    matrix = np.array([[0, 0, 0], [0, 4, 2], [0, 2, 4]])
    per_class = {str(code): figures for code, figures in class_figures(matrix).items()}
    pooled = {**summarise(matrix), "per_class": per_class, "confusion": {"codes": [1, 2], "counts": [[4, 2], [2, 4]]}}
    text = pooled_charts(
        pooled, [{"code": 1, "name": "a<b", "title": "A<B", "color": "#112233"}, {"code": 2, "name": "c"}]
    )
    page = HtmlPage(text)
    assert page.faults == []
    assert "<title>A&lt;B mapped as c: 2 label cells, 33.3 % of 6</title>" in text
    assert page.table("Class")["c"][:2] == ["50.0 %", "66.7 %"]
