"""What a map run needs to know before its first tile: dates chosen, images checked, work planned. Maps nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from .block_map import MapInput
from .by_products import ByProducts, plan_by_products
from .clear_rule import ClearRule
from .date_selection import DateRow, select_dates
from .domain import check_images, limit_dates
from .image_chunks import image_chunks
from .input_files import InputFile, files_of, identify
from .map_layers import layer_specs
from .model_card import ModelCard, file_sha256
from .plan_memory import make_plan
from .products import find_acquisitions, redate
from .protocol import MapRequest, parse_day
from .radiometry import HINT, Finding, check_radiometry
from .region import read_region
from .sits import Series, make_series
from .tile_result import RasterSpec
from .tiling import Chunks, Plan


@dataclass(frozen=True)
class Preparation:
    """A run that can begin."""

    model_sha256: str
    series: Series
    rows: Sequence[DateRow]
    """All dates, used or not."""
    findings: Sequence[Finding]
    """Of the radiometry of those used."""
    source: MapInput
    chunks: Chunks
    plan: Plan
    by_products: ByProducts
    layers: dict[str, RasterSpec]
    """The three rasters of every map."""
    inputs: Sequence[InputFile]
    """All files that are read."""


def prepare(
    request: MapRequest, card: ModelCard, emit: Callable[..., Any], days: Collection[str] | None = None
) -> Preparation:
    """Find the images of a request, choose and check its dates, and plan the work.

    Args:
        request: what to map.
        card: of the model.
        emit: takes stages and warnings.
        days: YYYY-MM-DD of the images that count: those of other days have come since. None for all.

    Raises:
        CsclError: if something is missing, damaged, or does not fit.
    """
    found = find_acquisitions([Path(path) for path in request.series], request.bands)
    found = redate(found, {Path(path): date.fromisoformat(day) for path, day in request.dates_of.items()})
    found = [item for item in found if days is None or item.date.isoformat() in days]
    series = make_series(found, card.bands, card.level)
    region = read_region(Path(request.region), series.grid) if request.region else None
    until = parse_day("until", request.until)
    rule = ClearRule(request.clear_classes, request.cloud_buffer_m)
    skip = [date.fromisoformat(day) for day in request.skip]
    rows = select_dates(series, request.min_clear, card.level, rule=rule, region=region, until=until, skip=skip)
    rows = limit_dates(rows, card)
    used = [row.observation for row in check_images(rows, series.grid, card, emit, until)]
    for item, reason in series.superseded:
        emit("warning", message=f"{item.label} is not used: {reason}.")
    window = region.window if region else series.grid.window
    emit("stage", stage="radiometry", message="Comparing the reflectance of the dates")
    findings = check_radiometry(used, card.bands, series.grid, window)
    for number, finding in enumerate(findings, start=1):
        emit("warning", message=finding.message + (f" {HINT}" if number == len(findings) else ""))
    chunks = image_chunks(used, card.bands, series.grid)
    by_products = plan_by_products(request, card, series.grid, window, region, [item.date for item in used])
    if by_products.warning:
        emit("warning", message=by_products.warning)
    plan = make_plan(
        card,
        series.grid,
        window,
        len(used),
        request.memory_gib,
        chunks,
        by_products.cell_bytes,
        by_products.fixed_bytes,
        by_products.wants_embedding,
    )
    own_table = request.class_table if Path(request.class_table).is_absolute() else ""
    others = [Path(path) for path in (request.region, request.parcels, own_table) if path]
    return Preparation(
        model_sha256=file_sha256(Path(request.model)),
        series=series,
        rows=rows,
        findings=findings,
        source=MapInput(used, series.grid, region, rule),
        chunks=chunks,
        plan=plan,
        by_products=by_products,
        layers=layer_specs(card.classes, plan.magnification),
        inputs=identify(files_of(used, card.bands, others)),
    )
