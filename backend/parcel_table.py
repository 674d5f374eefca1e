"""The table of parcels: what grows in each, how sure that is, and how well it was seen. Draws no conclusions.

Every feature of the file has a row, in the file's order, with its outline and all its fields as they were; own fields
begin with map_ (FIELDS). Parcels without a mapped cell have 0 cells and no other figures.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FieldError
from rasterio.crs import CRS

from .declared_crops import DECLARED_FIELDS, Column, DeclaredCrops
from .errors import InputError, ResourceError
from .model_card import ModelCard
from .parcel_file import ParcelFile, import_pyarrow
from .parcel_layer import ParcelLayer
from .parcel_sums import Columns, Sums
from .scratch import PARCELS_PREFIX, scratch_folder

FIELDS = {
    "map_code": "code of the class with the largest mean probability",
    "map_crop": "its title",
    "map_probability": "its probability: mean over the parcel's cells, made as sharp as the card says, 0-1",
    "map_second_code": "code of the class with the second largest mean probability",
    "map_second": "its title",
    "map_second_probability": "its probability, 0-1",
    "map_entropy": "entropy of the parcel's class probabilities, bits; 0 is sure",
    "map_share": "share of the cells that are mapped as map_crop, 0-1",
    "map_cells": "mapped cells of the output grid inside the parcel's inner buffer",
    "map_clear_dates": "clear dates, mean over the cells",
    "map_gap_days": "longest time without a clear date in days, mean over the cells",
    "map_boundary_share": "share of the cells that are boundary by the card's threshold, 0-1",
    "map_inner_buffer_m": "inner buffer of this parcel, metres; smaller parcels get a smaller one",
}
"""Fields added to a parcel's own, and what they hold."""
GEOPACKAGE, PARQUET = "parcels.gpkg", "parcels.parquet"
LAYER = "parcels"
LEAST_PROBABILITY = 1e-12
"""Smaller ones have no logarithm to speak of; as in calibration."""
WRITTEN = "2000-01-01T00:00:00Z"
"""Time that a GeoPackage says it was written at, so that the same table has the same bytes."""
DECIMALS = 4


def parcel_probabilities(sums: Sums, classes: int, temperature: float) -> npt.NDArray[np.float64]:
    """Class probabilities of parcels: the mean over the cells, p^(1 / T) and made to sum to 1 again.

    The temperature is fitted in calibration on mean probabilities of labelled parcels, over all of their cells that
    count; the inner buffer here leaves the outermost of them out.

    Args:
        sums: (P, Columns.count), each with a cell.
        classes: K.
        temperature: T, the card's temperature_parcel.

    Returns:
        (P, K).
    """
    totals = sums[:, Columns(classes).probability].astype(np.float64)
    means = totals / np.maximum(totals.sum(axis=1, keepdims=True), 1)
    logs = np.log(np.maximum(means, LEAST_PROBABILITY)) / temperature
    raised = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def parcel_figures(sums: Sums, buffer_m: npt.NDArray[np.float64], card: ModelCard) -> dict[str, Column]:
    """The columns of FIELDS, in that order.

    Args:
        sums: (P, Columns.count).
        buffer_m: (P,) metres, NaN for parcels that do not touch the map.
        card: of the model.
    """
    columns = Columns(len(card.classes))
    cells = columns.cells(sums)
    none = cells == 0
    safe = np.maximum(cells, 1)
    shares = parcel_probabilities(sums, columns.classes, card.temperature_parcel)
    order = np.argsort(-shares, axis=1, kind="stable")
    codes = np.array([entry.code for entry in card.classes], dtype=np.int16)
    titles = np.array([entry.title for entry in card.classes], dtype=np.object_)
    rows = np.arange(len(sums))
    out: dict[str, Column] = {}
    for prefix, rank in (("map_", 0), ("map_second_", 1)):
        # a model of one class has no second
        place = order[:, min(rank, columns.classes - 1)]
        missing = none | (rank >= columns.classes)
        out[f"{prefix}code"] = codes[place], missing
        out["map_second" if rank else "map_crop"] = titles[place], missing
        out[f"{prefix}probability"] = _rounded(shares[rows, place]), missing
    entropy = -(shares * np.log2(np.maximum(shares, LEAST_PROBABILITY))).sum(axis=1)
    out["map_entropy"] = _rounded(np.maximum(entropy, 0)), none
    out["map_share"] = _rounded(sums[:, columns.votes][rows, order[:, 0]] / safe), none
    out["map_cells"] = cells.astype(np.int64), None
    out["map_clear_dates"] = _rounded(sums[:, columns.dates] / safe, 1), none
    out["map_gap_days"] = _rounded(sums[:, columns.gap] / safe, 1), none
    out["map_boundary_share"] = _rounded(sums[:, columns.strong] / safe), none
    out["map_inner_buffer_m"] = _rounded(buffer_m, 2), np.isnan(buffer_m)
    return {name: out[name] for name in FIELDS}


def declared_figures(file: ParcelFile, crops: DeclaredCrops, sums: Sums, card: ModelCard) -> dict[str, Column]:
    """The columns of DECLARED_FIELDS: what was declared beside what the map shows.

    Args:
        file: the parcels.
        crops: their field with the declared crop, and what its codes mean.
        sums: (P, Columns.count).
        card: of the model.
    """
    columns = Columns(len(card.classes))
    shares = parcel_probabilities(sums, columns.classes, card.temperature_parcel)
    return crops.columns(file.table.column(crops.field).to_pylist(), shares, columns.cells(sums))


def make_table(
    file: ParcelFile, layer: ParcelLayer, sums: Sums, card: ModelCard, crops: DeclaredCrops | None
) -> tuple[dict[str, Column], dict[str, Any]]:
    """All columns of the table, and its summary for the run's record.

    Args:
        file: the parcels.
        layer: their insides.
        sums: (P, Columns.count).
        card: of the model.
        crops: None where nothing was declared.
    """
    figures = parcel_figures(sums, layer.buffer_m, card)
    if crops is None:
        return figures, parcel_summary(file, figures, layer.asked_m)
    declared = declared_figures(file, crops, sums, card)
    figures |= declared
    return figures, {**parcel_summary(file, figures, layer.asked_m), "declared": crops.summary(declared)}


def parcel_summary(file: ParcelFile, figures: dict[str, Column], asked_m: float) -> dict[str, Any]:
    """Counts of the parcels as JSON values, and what the fields hold.

    Returns:
        file, parcels, mapped (with a cell), without_cells, inner_buffer_m as asked for, smaller_buffer (so many of
        the mapped have one), classes (title -> parcels) and fields.
    """
    has = figures["map_cells"][0] > 0
    buffers = figures["map_inner_buffer_m"][0][has]
    titles, counts = np.unique(figures["map_crop"][0][has].astype(str), return_counts=True)
    return {
        "file": str(file.path),
        "parcels": len(file),
        "mapped": int(has.sum()),
        "without_cells": int((~has).sum()),
        "inner_buffer_m": asked_m,
        "smaller_buffer": int((buffers < asked_m).sum()),
        "classes": dict(zip(titles.tolist(), counts.tolist(), strict=True)),
        "fields": {name: text for name, text in (FIELDS | DECLARED_FIELDS).items() if name in figures},
    }


def write_parcels(folder: Path, file: ParcelFile, figures: dict[str, Column]) -> dict[str, Path]:
    """Write the table as GeoPackage and as GeoParquet, both whole or none.

    Args:
        folder: gets parcels.gpkg and parcels.parquet; earlier ones are replaced.
        file: the parcels.
        figures: from parcel_figures.

    Returns:
        Name of the output -> path.

    Raises:
        InputError: if the folder cannot be written to, or a field has a type that a GeoPackage cannot hold.
        ResourceError: if the disk is full.
    """
    try:
        with scratch_folder(folder, PARCELS_PREFIX) as work:
            table, geometry = _table(file, figures)
            _write_geopackage(work / GEOPACKAGE, table, geometry, file)
            _write_parquet(work / PARQUET, table, geometry, file)
            for name in (GEOPACKAGE, PARQUET):
                os.replace(work / name, folder / name)
    except (PermissionError, NotADirectoryError, FileNotFoundError) as error:
        raise InputError(
            f"{folder}: the tables of parcels cannot be written there ({error.strerror}).",
            "Close the program that has them open (in QGIS, take their layer out of the project), or choose another "
            "folder.",
        ) from error
    except FieldError as error:
        raise InputError(
            f"{file.path.name}: a field of the parcels cannot be written ({str(error).splitlines()[0]}).",
            "Leave that field out.",
        ) from error
    except (OSError, DataSourceError, DataLayerError) as error:
        raise ResourceError(
            f"{folder}: writing the tables of parcels failed ({str(error).splitlines()[0]}).",
            "Free some disk space, or choose another folder.",
        ) from error
    return {"parcels": folder / GEOPACKAGE, "parcels_parquet": folder / PARQUET}


def _rounded(values: npt.NDArray[np.floating[Any]], decimals: int = DECIMALS) -> npt.NDArray[np.float64]:
    return np.asarray(np.round(values, decimals), dtype=np.float64)


def _table(file: ParcelFile, figures: dict[str, Column]) -> tuple[Any, str]:
    """The file's own columns and the new ones, and the name of the one with outlines."""
    pyarrow = import_pyarrow()
    geometry = "geometry"
    taken = {*figures, geometry, "fid"}
    table = file.table
    others = [name for name in table.column_names if name != file.geometry_name]
    names = {file.geometry_name: geometry, **_free_names(others, taken)}
    table = table.rename_columns([names[name] for name in table.column_names])
    for name, (values, missing) in figures.items():
        # said outright, since a column without any text would have no type
        kind = pyarrow.string() if values.dtype == np.object_ else None
        table = table.append_column(name, pyarrow.array(values, kind, mask=missing))
    return table, geometry


def _free_names(names: Sequence[str], taken: set[str]) -> dict[str, str]:
    """Names for fields, those whose own is taken numbered; GeoPackage takes no two that differ in case alone."""
    used, out = {name.lower() for name in taken}, {}
    for name in names:
        free, number = name, 1
        while free.lower() in used:
            free, number = f"{name}_{number}", number + 1
        used.add(free.lower())
        out[name] = free
    return out


def _write_geopackage(path: Path, table: Any, geometry: str, file: ParcelFile) -> None:
    pyarrow = import_pyarrow()
    # one type a layer: QGIS would list a mixed one as two
    shapes = shapely.from_wkb(table.column(geometry).to_numpy(zero_copy_only=False))
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    shapes[single] = [shapely.MultiPolygon() if shape.is_empty else shapely.MultiPolygon([shape])
                      for shape in shapes[single]]  # fmt: skip
    column = pyarrow.array(shapely.to_wkb(shapes, flavor="iso"), type=pyarrow.binary())
    place = table.column_names.index(geometry)
    plain = table.set_column(place, pyarrow.field(geometry, pyarrow.binary()), column)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN})
    try:
        pyogrio.write_arrow(
            plain,
            path,
            layer=LAYER,
            driver="GPKG",
            geometry_name=geometry,
            geometry_type="MultiPolygon",
            crs=file.crs,
            append=False,
        )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _write_parquet(path: Path, table: Any, geometry: str, file: ParcelFile) -> None:
    """GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0)."""
    pyarrow = import_pyarrow()
    from pyarrow import parquet

    place = table.column_names.index(geometry)
    table = table.set_column(
        place, pyarrow.field(geometry, pyarrow.binary()), table.column(geometry).cast(pyarrow.binary())
    )
    column = {
        "encoding": "WKB",
        "geometry_types": [],
        "crs": CRS.from_user_input(file.crs).to_dict(projjson=True),
    }
    geo = {"version": "1.1.0", "primary_column": geometry, "columns": {geometry: column}}
    parquet.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
