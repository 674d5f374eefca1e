"""Pictures of an evaluation: windows in which image, truth and maps stand side by side, and each source as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.html_figures import figure
from backend.html_pages import png_uri, swatch
from backend.report_numbers import escaped, plural
from training.classes import UNKNOWN, Legend
from training.evaluation_maps import class_color
from training.split_pictures import outlines

LOW, HIGH = 2, 98
"""Percentiles between which an image is stretched."""
PIXEL_M = 10
NOTHING = (205, 205, 200)
"""Of cells that are not known, or not mapped."""
EDGE = (20, 20, 20)
PALE = 0.4
"""Of its colour that truth keeps where it was not tested."""
DARKEST = (8, 48, 107)
"""A boundary of probability 1; 0 is white."""
LEAST_SIDE = 256
"""Of a picture of truth, picture elements."""
OVERVIEW_SIDE = 900
"""Longest side of a whole source, picture elements."""

_RAMP = "<span>boundary 0<i class='ramp'></i>1</span>"

Planes = Mapping[str, Any]
Picture = npt.NDArray[np.uint8]


def panels_section(panels: Sequence[Planes], legend: Legend, magnification: int) -> str:
    """Windows of a source, each with its pictures side by side; empty without any.

    Args:
        panels: image and false_colour (3, h, w) reflectance, truth, tested, parcels, map, x1 and boundary on the label
            grid, place, window, date; what is missing is left out.
        legend: colours and names.
        magnification: m of the network.
    """
    if not panels:
        return ""
    codes = {
        int(code) for panel in panels for key in ("truth", "map") if key in panel for code in np.unique(panel[key])
    }
    rows = "".join(_panel(panel, legend, magnification) for panel in panels)
    ramp = _RAMP if any(panel.get("boundary") is not None for panel in panels) else ""
    return (
        "<p class='note'>Windows with most tested parcels. Truth has the edges of parcels dark, and is pale where it "
        "was not "
        f"tested; grey is not known or not mapped.</p>{_key(codes, legend, ramp)}<div class='samples'>{rows}</div>"
    )


def _panel(panel: Planes, legend: Legend, magnification: int) -> str:
    listed: list[tuple[str, Picture]] = []
    for key, title in (("image", "True colour"), ("false_colour", "Near infrared, red, green")):
        if panel.get(key) is not None:
            listed.append((title, stretched(panel[key])))
    if panel.get("truth") is not None:
        listed.append(("Truth", _truth(panel, legend)))
    if panel.get("x1") is not None:
        listed.append(("x1: own 10 m means, cells repeated", colored(panel["x1"], legend)))
    if panel.get("map") is not None:
        title = f"x{magnification}: the map" if magnification > 1 else "The map"
        listed.append((title, colored(panel["map"], legend)))
    if panel.get("boundary") is not None:
        listed.append(("Boundary probability", shaded(panel["boundary"])))
    place = escaped(panel["place"])
    inside = "".join(
        f"<div><img src='{png_uri(picture, max(picture.shape))}' alt='{escaped(title)}, {place}' "
        f"style='aspect-ratio:{picture.shape[2]}/{picture.shape[1]}'>{escaped(title)}</div>"
        for title, picture in listed
    )
    return figure(f"<div class='panels'>{inside}</div>", _caption(panel))


def _caption(panel: Planes) -> str:
    said = [f"<b>{escaped(str(panel['place'])[:1].upper() + str(panel['place'])[1:])}</b>"]
    if panel.get("window") is not None:
        _, _, height, width = panel["window"]
        said.append(f"{PIXEL_M * width} × {PIXEL_M * height} m")
    if panel.get("date"):
        said.append(f"image of {escaped(panel['date'])}")
    if panel.get("parcels") is not None and panel.get("tested") is not None:
        ids = np.unique(panel["parcels"][panel["tested"] & (panel["parcels"] > 0)])
        said.append(f"{plural(len(ids), 'tested parcel')}")
    return ", ".join(said) + "."


def _truth(panel: Planes, legend: Legend) -> Picture:
    truth = np.asarray(panel["truth"], dtype=np.int32)
    tested = panel.get("tested")
    scale = max(1, LEAST_SIDE // max(truth.shape))  # edges of a coarse grid would hide its fields
    out = colored(truth, legend)
    if tested is not None:
        pale = ~np.asarray(tested, dtype=np.bool_) & (truth != UNKNOWN)
        out[:, pale] = np.rint(255 - PALE * (255 - out[:, pale].astype(np.float64))).astype(np.uint8)
    out = out.repeat(scale, axis=1).repeat(scale, axis=2)
    if panel.get("parcels") is not None:
        planes = np.stack([truth, np.asarray(panel["parcels"], dtype=np.int32)])
        out[:, outlines(planes.repeat(scale, axis=1).repeat(scale, axis=2))] = np.array(EDGE)[:, None]
    return out


def overview_section(overview: Planes, legend: Legend, name: str, side: int = OVERVIEW_SIDE) -> str:
    """A whole source: map, tested truth, boundaries; empty for sets of patches.

    Args:
        overview: crop_type, labels and boundary, every so many cells of them; what is missing is left out.
        legend: colours and names.
        name: of the source.
        side: longest one of a picture, picture elements.
    """
    if not overview:
        return ""
    listed = [("Crop types as mapped", colored(overview["crop_type"], legend))]
    if "labels" in overview:
        listed.append(("Truth that was tested", colored(overview["labels"], legend)))
    if overview.get("boundary") is not None:
        listed.append(("Boundary probability", shaded(overview["boundary"])))
    inside = "".join(
        f"<figure><img src='{png_uri(picture, side)}' alt='{escaped(title)}, {escaped(name)}' "
        f"style='aspect-ratio:{picture.shape[2]}/{picture.shape[1]}'><figcaption>{escaped(title)}</figcaption></figure>"
        for title, picture in listed
    )
    used = {int(code) for key in ("crop_type", "labels") if key in overview for code in np.unique(overview[key])}
    ramp = _RAMP if overview.get("boundary") is not None else ""
    return f"<div class='overview'>{inside}</div>{_key(used, legend, ramp)}"


def colored(codes: npt.NDArray[Any], legend: Legend) -> Picture:
    """(3, H, W) colours of class codes (H, W); grey where nothing is known."""
    palette = np.empty((256, 3), dtype=np.uint8)
    palette[:] = NOTHING
    for entry in legend.classes:
        palette[entry.code] = entry.rgb
    return np.ascontiguousarray(palette[codes.astype(np.int64)].transpose(2, 0, 1))


def shaded(probability: npt.NDArray[Any]) -> Picture:
    """(3, H, W): white for 0, dark blue for 1, grey where there is none (NaN)."""
    value = np.clip(np.nan_to_num(probability, nan=0.0), 0, 1)[None]
    color = np.array(DARKEST, dtype=np.float64)[:, None, None]
    out = 255 + (color - 255) * value
    out[:, ~np.isfinite(probability)] = np.array(NOTHING)[:, None]
    return np.ascontiguousarray(np.rint(out).astype(np.uint8))


def stretched(image: npt.NDArray[Any]) -> Picture:
    """(3, H, W) reflectance, each channel between percentiles of what was imaged; grey where nothing was."""
    values = np.asarray(image, dtype=np.float64)
    imaged = np.isfinite(values).all(axis=0) & (values > 0).any(axis=0)
    out = np.empty_like(values)
    out[:] = np.array(NOTHING, dtype=np.float64)[:, None, None]
    for channel, own in enumerate(values):
        if imaged.any():
            low, high = np.percentile(own[imaged], (LOW, HIGH))
            out[channel][imaged] = 255 * np.clip((own[imaged] - low) / max(high - low, 1e-6), 0, 1)
    return np.ascontiguousarray(np.rint(out).astype(np.uint8))


def _key(codes: set[int], legend: Legend, more: str = "") -> str:
    entries = "".join(
        f"<span>{swatch(class_color(legend, code))}{escaped(legend.title_of(code))}</span>"
        for code in sorted(codes)
        if code != UNKNOWN
    )
    return f"<div class='legend'>{entries}{more}</div>"
