"""Parts of self-contained HTML pages: frame, style, tables, pictures as data. Knows nothing of what they show.

Pages have no scripts and load nothing; the same values give the same bytes.
"""

from __future__ import annotations

import base64
import html
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .raster import write_png

STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:1180px;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;margin:.6em 0 1.4em}
td,th{padding:.25em .7em;border-bottom:1px solid #ddd;text-align:right}
td:first-child,th:first-child{text-align:left}figure{display:inline-block;margin:0 1em 1em 0;vertical-align:top}
img{max-width:360px;image-rendering:pixelated;border:1px solid #ccc}figcaption{font-size:13px;color:#555}
.swatch{display:inline-block;width:1em;height:1em;margin-right:.4em;vertical-align:-2px;border:1px solid #999}
.note{color:#555;max-width:70em}
"""
"""What all pages look like."""


def page(title: str, body: str, style: str = STYLE, head: str = "") -> str:
    """A whole page.

    Args:
        title: plain text.
        body: HTML.
        style: CSS.
        head: HTML for the head besides character set, title and style.
    """
    return (
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>{head}"
        f"<title>{html.escape(title)}</title><style>{style}</style></head><body>{body}</body></html>\n"
    )


def write_page(path: Path, text: str) -> None:
    """Write a page, whole or not at all."""
    partial = path.with_name(path.name + ".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def swatch(color: str) -> str:
    """A small square of a colour."""
    return f"<span class='swatch' style='background:{html.escape(color)}'></span>"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], left: Sequence[int] = ()) -> str:
    """A table whose first column names the rows, in a box that scrolls where the page is too narrow.

    Args:
        heads: HTML of the column heads.
        rows: HTML of the cells, as many as heads.
        left: columns that are not numbers.
    """
    kinds = [" class='left'" if column in left else "" for column in range(len(heads))]
    top = "".join(f"<th scope='col'{kind}>{head}</th>" for kind, head in zip(kinds, heads, strict=True))
    body = "".join(
        f"<tr><th scope='row'>{cells[0]}</th>"
        + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds[1:], cells[1:], strict=True))
        + "</tr>"
        for cells in rows
    )
    # a box that scrolls must be reachable by the keyboard
    return f"<div class='scroll' tabindex='0'><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"


def png_uri(picture: npt.NDArray[np.uint8], most: int) -> str:
    """A picture as a data URI.

    Args:
        picture: (3, H, W) colours.
        most: sides longer than this are thinned out to every second, third ... cell.
    """
    step = max(1, -(-max(picture.shape[1:]) // most))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        write_png(path, np.ascontiguousarray(picture[:, ::step, ::step]))
        return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
