"""A model card as a page of HTML that a text browser of Qt shows. No QGIS in here."""

from __future__ import annotations

from html import escape
from typing import Any, List, Mapping

from ._engine import model_card
from .translation import tr

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def card_html(card: model_card.ModelCard) -> str:
    """What an analyst must know before using a model: what it wants, where it was trained, how right it is."""
    finer = card.magnification
    rows = [
        (tr("Bands"), ", ".join(card.bands)),
        (tr("Images"), f"Sentinel-2 {card.level}, {_dates(card)}"),
        (tr("Grid"), tr("{} times finer than the images (a grid for labels, not resolved detail)").format(finer)),
        (tr("Season"), tr("{} to {}").format(day_text(card.season[0]), day_text(card.season[1]))),
        (tr("Trained in"), _regions(card)),
        (tr("Licence"), card.license),
        (tr("Network"), tr("{}, {:.2f} million parameters").format(card.architecture, card.parameters / 1e6)),
    ]
    parts = [f"<h3>{escape(card.name)} {escape(card.version)}</h3>", f"<p>{escape(card.description)}</p>", "<table>"]
    parts += [
        f'<tr><td style="padding-right:12px"><b>{escape(name)}</b></td><td>{escape(value)}</td></tr>'
        for name, value in rows
    ]
    parts += ["</table>", f"<h4>{escape(tr('Classes'))}</h4><p>"]
    parts += [
        f'<span style="background-color:{entry.color}">&nbsp;&nbsp;&nbsp;&nbsp;</span>&nbsp;{escape(entry.title)}&emsp;'
        for entry in card.classes
    ]
    parts += ["</p>", _accuracy(card.accuracy)]
    if card.attribution:
        parts.append(f"<p><small>{escape(card.attribution)}</small></p>")
    return "\n".join(parts)


def _dates(card: model_card.ModelCard) -> str:
    if not card.takes_any_dates:
        return tr("{} to {} dates").format(card.dates_min, card.dates_max)
    return tr("one date or more") if card.dates_min == 1 else tr("{} dates or more").format(card.dates_min)


def day_text(text: str) -> str:
    """A day as cards have it, 01-23, in words."""
    month, day = (int(part) for part in text.split("-"))
    return tr("{day} {month}").format(day=day, month=tr(MONTHS[month - 1]))


def _regions(card: model_card.ModelCard) -> str:
    boxes = card.regions or (card.bbox,)
    told = tr("{:.2f} to {:.2f} east, {:.2f} to {:.2f} north")
    return "; ".join(told.format(west, east, south, north) for west, south, east, north in boxes)


def _accuracy(accuracy: Mapping[str, Any]) -> str:
    lines: List[str] = []
    for name, figures in accuracy.items():
        if not isinstance(figures, Mapping) or not isinstance(figures.get("overall_accuracy"), (int, float)):
            continue
        bounds = figures.get("overall_accuracy_interval_95")
        interval = ""
        if isinstance(bounds, (list, tuple)) and len(bounds) == 2:
            interval = " " + tr("({:.2f} to {:.2f})").format(float(bounds[0]), float(bounds[1]))
        forest = figures.get("random_forest_accuracy")
        cells = (
            escape(str(name)),
            f"{float(figures['overall_accuracy']):.2f}{interval}",
            escape(tr("{} parcels").format(figures["parcels_tested"])) if figures.get("parcels_tested") else "",
            escape(tr("random forest {:.2f}").format(float(forest))) if isinstance(forest, (int, float)) else "",
        )
        lines.append("<tr>" + "".join(f'<td style="padding-right:12px">{cell}</td>' for cell in cells) + "</tr>")
    if not lines:
        return f"<h4>{escape(tr('Accuracy'))}</h4><p>{escape(tr('The card tells none.'))}</p>"
    head = f"<h4>{escape(tr('Accuracy where it was not trained (95 % interval)'))}</h4><table>"
    return head + "".join(lines) + "</table>"
