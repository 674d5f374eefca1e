"""A chart, table or picture with the sentence that says what is seen in it, and what can be unfolded below."""

from __future__ import annotations


def figure(content: str, caption: str) -> str:
    """Content with a caption below.

    Args:
        content: HTML.
        caption: HTML of a sentence or two.
    """
    return f"<figure>{content}<figcaption>{caption}</figcaption></figure>"


def charts(*figures: str) -> str:
    """Figures side by side where the page is wide enough; nothing of nothing."""
    inside = "".join(figures)
    return f"<div class='charts'>{inside}</div>" if inside else ""


def unfolded(title: str, content: str) -> str:
    """Content that is shown on demand.

    Args:
        title: HTML.
        content: HTML.
    """
    return f"<details><summary>{title}</summary>{content}</details>"
