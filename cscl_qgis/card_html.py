"""A model card as a page of HTML that a text browser of Qt shows. No QGIS in here."""

from __future__ import annotations

from html import escape
from typing import Any, List, Mapping

from ._engine import model_card

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def card_html(card: model_card.ModelCard) -> str:
    """What an analyst must know before using a model: what it wants, where it was trained, how right it is."""
    rows = [
        ("Bands", ", ".join(card.bands)),
        ("Images", f"Sentinel-2 {card.level}, {_dates(card)}"),
        ("Grid", f"{card.magnification} times finer than the images (a grid for labels, not resolved detail)"),
        ("Season", f"{_day(card.season[0])} to {_day(card.season[1])}"),
        ("Trained in", _regions(card)),
        ("Licence", card.license),
        ("Network", f"{card.architecture}, {card.parameters / 1e6:.2f} million parameters"),
    ]
    parts = [f"<h3>{escape(card.name)} {escape(card.version)}</h3>", f"<p>{escape(card.description)}</p>", "<table>"]
    parts += [
        f'<tr><td style="padding-right:12px"><b>{escape(name)}</b></td><td>{escape(value)}</td></tr>'
        for name, value in rows
    ]
    parts += ["</table>", "<h4>Classes</h4><p>"]
    parts += [
        f'<span style="background-color:{entry.color}">&nbsp;&nbsp;&nbsp;&nbsp;</span>&nbsp;{escape(entry.title)}&emsp;'
        for entry in card.classes
    ]
    parts += ["</p>", _accuracy(card.accuracy)]
    if card.attribution:
        parts.append(f"<p><small>{escape(card.attribution)}</small></p>")
    return "\n".join(parts)


def _dates(card: model_card.ModelCard) -> str:
    least = f"{card.dates_min} date{'s' if card.dates_min > 1 else ''} or more"
    return least if card.takes_any_dates else f"{card.dates_min} to {card.dates_max} dates"


def _day(text: str) -> str:
    month, day = (int(part) for part in text.split("-"))
    return f"{day} {MONTHS[month - 1]}"


def _regions(card: model_card.ModelCard) -> str:
    boxes = card.regions or (card.bbox,)
    return "; ".join(
        f"{west:.2f} to {east:.2f} east, {south:.2f} to {north:.2f} north" for west, south, east, north in boxes
    )


def _accuracy(accuracy: Mapping[str, Any]) -> str:
    lines: List[str] = []
    for name, figures in accuracy.items():
        if not isinstance(figures, Mapping) or not isinstance(figures.get("overall_accuracy"), (int, float)):
            continue
        bounds = figures.get("overall_accuracy_interval_95")
        interval = ""
        if isinstance(bounds, (list, tuple)) and len(bounds) == 2:
            interval = f" ({float(bounds[0]):.2f} to {float(bounds[1]):.2f})"
        forest = figures.get("random_forest_accuracy")
        cells = (
            escape(str(name)),
            f"{float(figures['overall_accuracy']):.2f}{interval}",
            f"{figures['parcels_tested']} parcels" if figures.get("parcels_tested") else "",
            f"random forest {float(forest):.2f}" if isinstance(forest, (int, float)) else "",
        )
        lines.append("<tr>" + "".join(f'<td style="padding-right:12px">{cell}</td>' for cell in cells) + "</tr>")
    if not lines:
        return "<h4>Accuracy</h4><p>The card tells none.</p>"
    head = "<h4>Accuracy where it was not trained (95 % interval)</h4><table>"
    return head + "".join(lines) + "</table>"
