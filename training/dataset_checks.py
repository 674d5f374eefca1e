"""What whoever trains from a data set must look at first: sentences made from the store's own facts. Reads no samples.

Changes nothing and judges no model: it says what is odd, how much of it there is, and where to look.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.classes import BACKGROUND
from training.parcel_figures import ParcelFigures
from training.parcel_files import SLIVERS
from training.splits import SPLITS
from training.store import SourceRecord, Store

LISTED, FINDINGS_LISTED = 6, 40
"""Sentences of one topic, and of dates whose reflectance is wrong; the rest is counted."""
CODES_LISTED = 12
"""Crop codes named in a sentence."""
CODES_LISTED_OF_MANY = 4
"""The same where several sources have such codes."""
DATES_LISTED = 4
"""Dates named for one reason, and reasons."""
ACCURACY, WIDE = 0.8, 0.05
"""An accuracy measured on so few parcels that its 95 % interval is wider than this to each side, were it ACCURACY,
is worth a sentence."""
ABSENT = "No certain pixel of"
"""Start of the note on classes that are not there: no more than the class table shows."""
TOLD = {
    "unmapped": "that the class table does not list",
    "duplicate_ids": "are those of several parcels each",
    "overlaps_m2": "overlapping pairs of parcels",
}
"""Facts of a source, and what training.parcel_files.oddities says of them."""
M2_PER_HA = 10_000
MEASURED = ("validation", "test")
SPLIT_USES = {
    "validation": "nothing tells which weights are best",
    "calibration": "the model's probabilities cannot be calibrated",
    "test": "nothing tells how good the model is",
}


@dataclass(frozen=True)
class Check:
    """One thing to look at."""

    topic: str
    sentence: str


def find_checks(store: Store, figures: ParcelFigures, warnings: Sequence[str] = ()) -> list[Check]:
    """All that should be looked at, most serious first.

    Args:
        store: the data set.
        figures: of its parcels.
        warnings: sentences said while it was built; those that the store says too come once.
    """
    found: list[Check] = []
    said: set[str] = set()
    for topic, sentences, most in (
        ("Reflectance", _radiometry(store), FINDINGS_LISTED),
        ("Crop codes", _crop_codes(store), LISTED),
        ("Parcels", _parcels(store, figures), LISTED),
        ("Dates", _dates(store), LISTED),
        ("Splits", _splits(store, figures), LISTED),
        ("Classes", _classes(store), LISTED),
    ):
        listed = list(sentences)
        said |= set(listed)
        found += [Check(topic, sentence) for sentence in listed[:most]]
        if len(listed) > most:
            found.append(Check(topic, f"And {len(listed) - most} more of this kind: see the tables below."))
    rest = [text for text in dict.fromkeys(warnings) if text not in said and not _is_told(store, text)]
    return [Check("Said while it was built", text) for text in rest] + found


def _radiometry(store: Store) -> Iterator[str]:
    for record in store.sources:
        for finding in record.facts.get("radiometry", ()):
            yield f"Source '{record.name}': {finding['message']}"


def _crop_codes(store: Store) -> Iterator[str]:
    odd = [record for record in store.sources if _counts(record).get("unmapped")]
    most = CODES_LISTED if len(odd) == 1 else CODES_LISTED_OF_MANY
    for record in odd:
        counts = _counts(record)
        unmapped: Mapping[str, int] = counts["unmapped"]
        areas: Mapping[str, float] = counts.get("unmapped_ha", {})
        order = sorted(unmapped, key=lambda code: (-areas.get(code, 0.0), -unmapped[code], code))
        listed = ", ".join(
            f"{_code(code)} ({_parcels_text(unmapped[code])}{_area(areas.get(code))})" for code in order[:most]
        )
        rest = f" and {len(order) - most} more" if len(order) > most else ""
        one = len(order) == 1
        yield (
            f"Source '{record.name}': {len(order)} crop code{' is' if one else 's are'} not in the class table: "
            f"{listed}{rest}. In all {_parcels_text(sum(unmapped.values()))}{_area(sum(areas.values()))} of unknown "
            "crop, which are not trained on. Add the codes to the table if they should be."
        )


def _parcels(store: Store, figures: ParcelFigures) -> Iterator[str]:
    for number, record in enumerate(store.sources):
        counts = _counts(record)
        shared_ha = counts.get("overlaps_m2", 0.0) / M2_PER_HA
        if shared_ha > SLIVERS * figures.areas_ha[number].sum():
            largest, worst = next(iter(counts.get("overlaps", ())), None), ""
            if largest:
                worst = f"; '{largest['a']}' and '{largest['b']}' share most, {largest['area_m2'] / M2_PER_HA:,.2f} ha"
            yield (
                f"Source '{record.name}': {_number(counts['overlaps_total'], 'pair')} of parcels overlap, on "
                f"{shared_ha:,.2f} ha in all{worst}. Where their crops differ, that ground is not trained on."
            )
        if counts.get("duplicate_ids"):
            yield f"Source '{record.name}': {_number(counts['duplicate_ids'], 'name')} stand for more than one parcel."
        if record.facts.get("parcels_dropped_by_buffer"):
            dropped = record.facts["parcels_dropped_by_buffer"]
            of = f" of {counts['kept']:,}" if counts.get("kept") else ""
            yield (
                f"Source '{record.name}': the buffer between the splits takes {dropped:,}{of} parcels out of training."
            )


def _dates(store: Store) -> Iterator[str]:
    for record in store.sources:
        dates = record.facts.get("dates") or ()
        dropped = [row for row in dates if not row["used"]]
        if dropped:
            by_reason: dict[str, list[str]] = {}
            for row in dropped:
                by_reason.setdefault(row["reason"], []).append(row["date"])
            listed = [f"{_some(days)} ({reason})" for reason, days in by_reason.items()]
            yield f"Source '{record.name}': {len(dropped)} of {len(dates)} dates are not used: {_some(listed, '; ')}."
        if record.facts.get("superseded"):
            number = _number(len(record.facts["superseded"]), "granule")
            yield f"Source '{record.name}': {number} gave way to a newer processing of the same."
        unmasked = sum(1 for row in dates if row["used"] and row.get("masked") is False)
        if unmasked:
            yield f"Source '{record.name}': {_number(unmasked, 'date')} without a cloud mask: clouds pass for ground."


def _splits(store: Store, figures: ParcelFigures) -> Iterator[str]:
    if not store.attributes["labelled"]:
        return
    pixels = {name: sum(counts) for name, counts in store.attributes["class_pixels_by_split"].items()}
    folds = int(store.attributes["folds"])
    for name, use in SPLIT_USES.items():
        if folds and name == "test":
            continue  # each fold in turn
        known = int(figures.known_by_split[SPLITS[name]])
        if not pixels.get(name):
            yield f"Nothing is in the {name} split: {use}."
        elif name in MEASURED and known and (width := interval(known)) > WIDE:
            yield (
                f"The {name} split has {_parcels_text(known)} of a known crop: an accuracy of 80 % "
                f"measured on them is uncertain by about {100 * width:.0f} points."
            )


def _classes(store: Store) -> Iterator[str]:
    if not store.attributes["labelled"]:
        return
    by_split = store.attributes["class_pixels_by_split"]
    rare = {int(code): int(other) for code, other in store.attributes["rare"].items()}
    titles = {entry["code"]: entry["title"] for entry in store.attributes["legend"]}
    merged = {name: _merged(counts, rare) for name, counts in by_split.items()}
    learned = [code for code, count in merged["train"].items() if count and code != BACKGROUND]
    if len(learned) == 1:
        yield f"All that is learned of crops is one class, {titles[learned[0]]!r}: nothing tells crops apart."
    yield from (note for note in store.attributes.get("class_notes", ()) if not note.startswith(ABSENT))
    if store.attributes["folds"] or not sum(by_split.get("test", ())):
        return
    for have, lack, meaning in (
        ("train", "test", "learned, but nothing tells how well"),
        ("test", "train", "in the test, but never seen in training: every such pixel will be wrong"),
    ):
        names = [title for code, title in titles.items() if merged[have].get(code) and not merged[lack].get(code)]
        if names:
            yield f"{', '.join(map(repr, names))}: {meaning}."


def _is_told(store: Store, warning: str) -> bool:
    """True for what was said of parcels while they were read and is said here with areas."""
    return any(
        warning.startswith(f"Source '{record.name}'") and _counts(record).get(key) and phrase in warning
        for record in store.sources
        for key, phrase in TOLD.items()
    )


def _merged(counts: Sequence[int], rare: Mapping[int, int]) -> dict[int, int]:
    """Pixels by class once rare ones have become another."""
    merged: dict[int, int] = {}
    for code, count in enumerate(counts):
        merged[rare.get(code, code)] = merged.get(rare.get(code, code), 0) + count
    return merged


def interval(parcels: int) -> float:
    """Half the width of the 95 % interval of ACCURACY measured on so many parcels (normal approximation)."""
    return 1.96 * math.sqrt(ACCURACY * (1 - ACCURACY) / parcels)


def _counts(record: SourceRecord) -> Mapping[str, Any]:
    return dict(record.facts.get("parcel_counts", {}))


def _some(items: Sequence[str], between: str = ", ") -> str:
    """The first of them; how many more there are."""
    rest = len(items) - DATES_LISTED
    return between.join(items[:DATES_LISTED]) + (f" and {rest} more" if rest > 0 else "")


def _code(code: str) -> str:
    return f"'{code}'" if code else "none given"


def _area(hectares: float | None) -> str:
    return "" if not hectares else f", {hectares:,.1f} ha"


def _parcels_text(count: int) -> str:
    return _number(count, "parcel")


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
