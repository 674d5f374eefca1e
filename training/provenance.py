"""What a network is trained on: sources, their ground, and what the model had seen that it started from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rasterio.warp import transform_bounds

from backend.errors import DamagedFileError
from backend.model_card import Box
from backend.trained_ground import is_told, seen_grounds, seen_points
from training.block_runs import as_runs, in_runs
from training.config import TrainConfig
from training.simulated_scenes import scenes_made
from training.store import SourceRecord, Store

STARTED_FROM = "started_from.json"
"""In the folder of a stage that was started from a checkpoint."""
GROUND = ("name", "simulated", "bbox", "year", "dates", "blocks", "parcels_by_split")
"""Of a source's entry: what tells which ground was seen (backend.trained_ground); it goes with a checkpoint."""


@dataclass(frozen=True)
class Origin:
    """The checkpoint that a run was started from."""

    file: str
    sources: tuple[Mapping[str, Any], ...] | None
    """The real sources that it had been trained on, as GROUND; those of checkpoints before it, too.

    None of a checkpoint that does not say so, as those of earlier versions and all that were started from one of these.
    """

    def to_dict(self) -> dict[str, Any]:
        """As the card has it."""
        return {"file": self.file, "sources": None if self.sources is None else list(map(dict, self.sources))}


def note_origin(folder: Path, origin: Origin | None) -> None:
    """Keep with a stage what it was started from; None for nothing.

    Args:
        folder: of the stage; must be there.
        origin: of the stage.
    """
    path = folder / STARTED_FROM
    if origin is None:
        path.unlink(missing_ok=True)
    else:
        partial = path.with_name(path.name + ".part")
        partial.write_text(json.dumps(origin.to_dict()), encoding="utf-8")
        partial.replace(path)


def read_origin(folder: Path) -> Origin | None:
    """What a stage, or the pre-training that it went on from, was started from; None if from nothing.

    Args:
        folder: of the stage.

    Raises:
        DamagedFileError: if what is noted there cannot be read.
    """
    path = folder / STARTED_FROM
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        sources = values["sources"]
        return Origin(str(values["file"]), None if sources is None else tuple(map(dict, sources)))
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(f"{path}: cannot be read ({error}).", "Run the stage again.") from error


def seen_sources(config: TrainConfig, store: Store, origin: Origin | None) -> list[dict[str, Any]] | None:
    """The real sources that a network has seen at the end of a run, as GROUND.

    None if it was started from a checkpoint that does not name its own: then nobody knows all of them any more.
    """
    if origin is not None and origin.sources is None:
        return None
    own = [{key: entry[key] for key in GROUND} for entry in source_entries(config, store) if not entry["simulated"]]
    earlier = list(map(dict, origin.sources or ())) if origin else []
    return own + [source for number, source in enumerate(earlier) if source not in own + earlier[:number]]


def count_seen(origin: Origin | None, store: Store, record: SourceRecord, split: str) -> int | None:
    """How many of a source's parcels in a split lie on ground that the origin had seen, with crops of the same year.

    Ground that the origin has split in the same way is held out of both.

    Returns:
        The number; 0 without an origin. None where that cannot be told: the checkpoint does not name its ground, the
        data set has no places of parcels, or the source no year.
    """
    if origin is None:
        return 0
    points, year = store.parcel_points(record.name, split), harvest_year(record)
    if not is_told({"sources": origin.sources}) or not len(points) or not year:
        return None
    own = _blocks(record, store.fold or 0)
    others = [source for source in origin.sources or () if own is None or source.get("blocks") != own]
    return int(np.count_nonzero(seen_points(seen_grounds({"sources": others}), points, record.crs, year)))


def source_entries(config: TrainConfig, store: Store) -> list[dict[str, Any]]:
    """The sources of a run as its card lists them, without the scenes that were simulated for it."""
    blocks = {source.name: source.block_m for source in config.dataset.sources if source.split == "blocks"}
    made_up = {source.name for source in config.dataset.sources if source.simulated}
    real = _real(config, store)
    box = {record.name: box_of(record) for record in real}
    return [
        {
            "name": record.name,
            "series": record.facts.get("series", record.facts.get("importer", "")),
            "simulated": record.name in made_up,
            "bbox": list(own) if (own := box[record.name]) else None,
            "year": harvest_year(record),
            "block_m": blocks.get(record.name),
            "blocks": _blocks(record, config.fold or 0),
            "parcels": record.facts["parcels"],
            "parcels_by_split": _parcels(record),
            "outside_parcels": record.facts["outside_parcels"],
            "dates": used_dates(record),
        }
        for record in real
    ]


def trained_on(config: TrainConfig, store: Store) -> list[SourceRecord]:
    """Real sources with training parcels; those called simulated only where there are no others."""
    made_up = {source.name for source in config.dataset.sources if source.simulated}
    records = [record for record in _real(config, store) if _parcels(record).get("train", 1)]
    return [record for record in records if record.name not in made_up] or records


def _real(config: TrainConfig, store: Store) -> list[SourceRecord]:
    """Sources that were not made by training.simulate for this run."""
    simulated = scenes_made(config.dataset.simulations)
    return [record for record in store.sources if record.name not in simulated]


def box_of(record: SourceRecord) -> Box | None:
    """Degrees west, south, east, north of a source's images; None where its place is not known."""
    if not record.facts.get("bounds"):
        return None
    west, south, east, north = transform_bounds(record.crs, "EPSG:4326", *record.facts["bounds"])
    return round(west, 4), round(south, 4), round(east, 4), round(north, 4)


def _blocks(record: SourceRecord, fold: int) -> dict[str, Any] | None:
    """Which blocks of ground were trained on, and which held out; backend.trained_ground reads it.

    Returns:
        crs; size: side of a block in its units; by split the runs of blocks that hold parcels (training.block_runs),
        a fold that is held out being the test. None where the source is in one split, or is an older data set's.
    """
    blocks = record.facts.get("blocks")
    if not blocks:
        return None
    splits = {name: in_runs(runs) for name, runs in blocks["splits"].items()}
    if fold:
        held_out = in_runs(blocks["folds"].get(str(fold), ()))
        splits = {name: own - held_out for name, own in splits.items()} | {"test": held_out}
    return {"crs": record.crs, "size": blocks["size"], **{name: as_runs(own) for name, own in splits.items()}}


def _parcels(record: SourceRecord) -> Mapping[str, int]:
    counts: Mapping[str, int] = record.facts.get("parcels_by_split", {})
    return counts


def harvest_year(record: SourceRecord) -> int | None:
    """The year of a source's crops: its own, or that of its last image; None where neither is told."""
    year = record.facts.get("year") or max(used_dates(record), default="")[:4]
    return int(year) if year else None


def used_dates(record: SourceRecord) -> list[str]:
    """YYYY-MM-DD of the images that samples are cut from."""
    return [str(row["date"]) for row in record.facts.get("dates", ()) if row["used"]]
