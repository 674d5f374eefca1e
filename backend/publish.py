"""Move the files of a finished run to their final names. Makes none of them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import InputError

BESIDE = ("tif.aux.xml", "qml")
"""Endings of what lies beside a raster, and goes before it: programs look for it when they open the raster."""
PAPERS = {"quicklook": "quicklook.png", "report": "report.html", "run": "run.json"}
"""What every run has beside its rasters, by the names in the result event; run.json comes last."""
OPTIONAL = (
    "evidence.tif",
    "probabilities.tif",
    "embeddings.tif",
    "parcels.gpkg",
    "parcels.parquet",
    "fields.gpkg",
    "crop_type_fields.tif",
    "crop_type_fields.qml",
)
"""Files of earlier runs with other settings that would not belong to this map."""
LAYERS = ("crop_type.tif", "confidence.tif", "boundary.tif")
"""Rasters that every run has."""
IN_USE = (
    "Close the program that has it open (in QGIS, take its layer out of the project), or choose another folder, and "
    "run again."
)


def refuse_open_files(out: Path, names: Sequence[str] = (*LAYERS, *OPTIONAL, *PAPERS.values())) -> None:
    """Refuse a folder with results that another program has open, where that keeps them from being replaced.

    On Windows it does; a file is there given its own name again, which changes nothing. A run of hours must not learn
    it at its end.

    Args:
        out: the folder.
        names: of the files that are to be replaced or removed; those of a map, unless told.

    Raises:
        InputError: naming the file.
    """
    for path in (out / name for name in names):
        if path.exists():
            try:
                os.rename(path, path)
            except PermissionError as error:
                raise InputError(
                    f"{path}: another program has it open, and the results could not replace it.", IN_USE
                ) from error


def move_into_place(work: Path, out: Path, files: Mapping[str, Path]) -> dict[str, str]:
    """Move a run's files from its folder into the output folder; what an earlier run left of its own goes.

    Args:
        work: where they lie, all of them whole.
        out: the output folder.
        files: rasters and tables by name.

    Returns:
        Name -> final path, of these and of the papers.

    Raises:
        InputError: naming a file that cannot be replaced.
    """
    names = []
    for path in files.values():
        names += [f"{path.stem}.{end}" for end in BESIDE if path.suffix == ".tif"] + [path.name]
    for name in OPTIONAL:
        if name not in names:
            names += [f"{name}.aux.xml", name]
    names += ["plan.json", *PAPERS.values()]
    name = PAPERS["run"]
    try:
        (out / name).unlink(missing_ok=True)  # a map that is half old and half new has no record
        for name in names:
            if (work / name).exists():
                os.replace(work / name, out / name)
            else:
                (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            f"{out / name}: cannot be replaced ({error.strerror}); the folder now holds parts of two runs.",
            IN_USE,
        ) from error
    final = {key: path.name for key, path in files.items()} | PAPERS
    return {key: str(out / name) for key, name in final.items()}
