"""How fast parcels are read, per kind of file, as ratios against the same steps by geopandas in one run.

    python benchmarks/parcels.py --parcels FILE --field NAME --crs EPSG:32611

The peer reads the file, makes the geometries valid, carries them into the coordinate system and overlays them with
themselves for the overlaps; it counts and names nothing. Figures of one machine under one load: only the ratios are
worth comparing.
"""

from __future__ import annotations

import argparse
import logging
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import geopandas
import numpy as np
from affine import Affine

from backend.grid import Grid
from training.classes import ClassTable
from training.parcel_files import read_parcels

ENDINGS = ("gpkg", "shp", "fgb", "geojson", "parquet", "csv")


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed of reading parcels.")
    parser.add_argument("--parcels", type=Path, required=True)
    parser.add_argument("--field", required=True, help="that names the parcels")
    parser.add_argument("--crs", required=True, help="coordinate system of the images, projected")
    options = parser.parse_args()
    logging.getLogger("training").setLevel(logging.ERROR)

    frame = geopandas.read_file(options.parcels)[[options.field, "geometry"]].assign(crop="crop", year=2020)
    west, south, east, north = frame.to_crs(options.crs).total_bounds
    grid = Grid(
        options.crs, Affine(10, 0, west, 0, -10, north), int((east - west) / 10) + 1, int((north - south) / 10) + 1
    )
    table = ClassTable({"crop": 1}, "one.csv")
    with tempfile.TemporaryDirectory() as folder:
        for ending in ENDINGS:
            write(frame, Path(folder) / f"parcels.{ending}", options.field)
        started = time.monotonic()
        pairs = by_geopandas(Path(folder) / "parcels.gpkg", options.crs)
        peer = time.monotonic() - started
        print(f"{'geopandas, gpkg':<24}{peer:>8.2f} s   {pairs} overlaps")
        for ending in ENDINGS:
            names = (None, None) if ending == "csv" else ("crop", options.field)
            started = time.monotonic()
            parcels = read_parcels(Path(folder) / f"parcels.{ending}", *names, table, grid)
            seconds = time.monotonic() - started
            print(
                f"{f'read_parcels, {ending}':<24}{seconds:>8.2f} s   {parcels.counts.overlaps_total} overlaps, "
                f"{len(parcels)} parcels, {peer / seconds:.1f} times as fast"
            )
    print(f"{'peak memory':<24}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>8,.0f} MiB")
    return 0


def write(frame: geopandas.GeoDataFrame, path: Path, field: str) -> None:
    """The parcels as a file of the kind that its ending says."""
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".csv":
        table = frame.rename(columns={field: "id", "crop": "ground_truth"}).assign(crs=frame.crs.to_string())
        table.to_wkt(rounding_precision=3).to_csv(path, index=False)
    else:
        frame.to_file(path)


def by_geopandas(path: Path, crs: str) -> int:
    """The peer; the number of pairs that share more than a square metre."""
    frame = geopandas.read_file(path)
    frame["geometry"] = frame.geometry.make_valid()
    frame = frame.to_crs(crs)[["geometry"]]
    frame["geometry"] = frame.geometry.make_valid()
    frame["number"] = np.arange(len(frame))
    both = geopandas.overlay(frame, frame, how="intersection", keep_geom_type=True)
    return int(((both["number_1"] < both["number_2"]) & (both.area > 1)).sum())


if __name__ == "__main__":
    sys.exit(main())
