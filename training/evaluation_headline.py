"""The top of an evaluation's report: what was tested, how good it is, and what is not proved. Plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.html_figures import figure
from backend.html_pages import table
from backend.report_numbers import escaped, interval, measured, plural, points, whole
from training.config import TrainConfig
from training.evaluation_maps import Figures, blocks_of, drawn_by, forest_of, right_parcels
from training.simulated_scenes import scenes_made

ECE_NOTICED = 0.01
"""A rise of the calibration error below that is not worth a word."""
FEW_PARCELS = 100
"""Below that a share of parcels is uncertain by some ten points or more."""


def headline(config: TrainConfig | None, evaluation: Figures, shown: int = 1_000_000) -> str:
    """One box for a single source, a table and a sentence for several; then what is not proved.

    Args:
        config: the run; None for a finished map.
        evaluation: as metrics.json holds it, with at least one source.
        shown: so many of the sources have a section of their own, that their names lead to.
    """
    sources: Mapping[str, Figures] = evaluation["sources"]
    kind = str(evaluation.get("kind", "run"))
    if len(sources) == 1:
        ((name, source),) = sources.items()
        top = f"<div class='headline'>{_one(name, source, kind)}</div>"
    else:
        top = f"<div class='headline'>{_several(sources)}</div>{_sources_table(sources, shown)}"
    listed = "".join(f"<li>{text}</li>" for text in _limits(config, evaluation, kind))
    return f"{top}<h2 id='limits'>What is not proved</h2><ul class='limits'>{listed}</ul>"


def compared(source: Figures) -> str:
    """A sentence that holds the model against the forest, and says what the intervals allow to say."""
    forest = forest_of(source)
    if forest is None:
        return "There is no random forest to hold it against: no source has training parcels."
    own, other = source["model"]["map"], forest["map"]
    said = (
        "A random forest on monthly values of the same images, the usual simple method, got "
        f"{points(other['overall_accuracy'])} (95 % interval {interval(other.get('overall_accuracy_interval_95'))})."
    )
    if own["overall_accuracy"] is None or other["overall_accuracy"] is None:
        return said
    difference = 100 * (own["overall_accuracy"] - other["overall_accuracy"])
    side = f"The model is {abs(difference):.1f} points {'better' if difference > 0 else 'worse'}"
    limits = forest.get("model_less_this_interval_95")
    if abs(difference) < 0.05:
        return f"{said} They are equal."
    if limits is None:
        return f"{said} {side}; without an interval that proves nothing."
    side += f" (95 % interval of the difference {100 * limits[0]:+.1f} to {100 * limits[1]:+.1f})"
    if limits[0] > 0 or limits[1] < 0:
        return f"{said} {side}."
    return f"{said} {side}: this test alone does not prove a difference."


def _one(name: str, source: Figures, kind: str) -> str:
    own, parcels = source["model"]["map"], right_parcels(source["model"])
    accuracy = own["overall_accuracy"]
    if accuracy is None:
        return f"<p>Nothing of <b>{escaped(name)}</b> could be scored: no known ground was mapped.</p>"
    what = "map" if kind == "map" else "model"
    ground = f"{plural(source['parcels_tested'], 'parcel')}{_in_blocks(source)}"
    unseen = "that this run was not trained on" if kind == "run" else "whose crop is known"
    out = (
        f"<p class='figure'>{points(accuracy)} of the tested ground is mapped right</p>"
        f"<p>{_interval(source['model'])} The {what} was tested on "
        f"<b>{ground}</b> "
        f"of <b>{escaped(name)}</b> {unseen}."
    )
    if parcels["accuracy"] is not None:
        out += (
            f" Taken parcel by parcel, {points(parcels['accuracy'])} of {whole(parcels['parcels'])} have the right "
            f"crop (95 % interval {interval(parcels['interval_95'])})."
        )
    out += "</p>"
    return out + (f"<p>{compared(source)}</p>" if kind == "run" else "")


def _interval(figures: Figures) -> str:
    limits = figures["map"].get("overall_accuracy_interval_95")
    if limits is None:
        return "Too few parcels were tested to give an interval."
    return f"95 % interval {interval(limits)} (found by {drawn_by(figures)})."


def _in_blocks(source: Figures) -> str:
    blocks = blocks_of(source["model"])
    return f" in {plural(blocks, 'block')} of ground" if blocks is not None else ""


def _several(sources: Mapping[str, Figures]) -> str:
    scored = {
        name: source["model"]["map"]["overall_accuracy"]
        for name, source in sources.items()
        if source["model"]["map"]["overall_accuracy"] is not None
    }
    tested = sum(source["parcels_tested"] for source in sources.values())
    if not scored:
        return f"<p>Nothing of {len(sources)} sources could be scored: no known ground was mapped.</p>"
    worst, best = min(scored, key=scored.__getitem__), max(scored, key=scored.__getitem__)
    return (
        f"<p class='figure'>{points(scored[worst])} to {points(scored[best])} of the tested ground is mapped right</p>"
        f"<p>Tested on <b>{plural(tested, 'parcel')} in {len(sources)} sources</b> that this run was not trained on; "
        f"worst in {escaped(worst)}, best in {escaped(best)}. {_wins(sources)}</p>"
    )


def _wins(sources: Mapping[str, Figures]) -> str:
    """In how many sources the model is above and below the forest, and where intervals allow to say so."""
    held = above = below = apart = 0
    for source in sources.values():
        forest = forest_of(source)
        own, other = source["model"]["map"], forest["map"] if forest else {}
        if own["overall_accuracy"] is None or other.get("overall_accuracy") is None:
            continue
        held += 1
        above += own["overall_accuracy"] > other["overall_accuracy"]
        below += own["overall_accuracy"] < other["overall_accuracy"]
        limits = (forest or {}).get("model_less_this_interval_95") or (0, 0)
        apart += limits[0] > 0 or limits[1] < 0
    if not held:
        return "There is no random forest to hold it against."
    return (
        "Held against a random forest on monthly values of the same images, the usual simple method, it is more "
        f"accurate in {plural(above, 'source')} and less accurate in {below}; in {apart} of {held} the 95 % interval "
        "of the difference leaves out 0, in the others it may be chance."
    )


def _sources_table(sources: Mapping[str, Figures], shown: int) -> str:
    rows = []
    for number, (name, source) in enumerate(sources.items()):
        own, parcels, forest = source["model"]["map"], right_parcels(source["model"]), forest_of(source)
        blocks = blocks_of(source["model"])
        rows.append(
            [
                f"<a href='#source-{number}'>{escaped(name)}</a>" if number < shown else escaped(name),
                whole(source["parcels_tested"]),
                "–" if blocks is None else whole(blocks),
                measured(own["overall_accuracy"], own.get("overall_accuracy_interval_95")),
                measured(
                    forest["map"]["overall_accuracy"] if forest else None,
                    forest["map"].get("overall_accuracy_interval_95") if forest else None,
                ),
                measured(own["macro_f1"], own.get("macro_f1_interval_95")),
                measured(parcels["accuracy"], parcels["interval_95"]),
            ]
        )
    heads = ["Source", "Parcels tested", "Blocks", "Accuracy", "Random forest", "Macro F1", "Parcels right"]
    said = "Shares of the tested ground, and of its parcels, that are right; below them 95 % intervals."
    return figure(table(heads, rows), said)


def _limits(config: TrainConfig | None, evaluation: Figures, kind: str) -> list[str]:
    sources: Mapping[str, Figures] = evaluation["sources"]
    out = []
    names = ", ".join(escaped(name) for name in sources)
    said = f"These figures hold for ground like that tested ({names}), in the years of its images."
    out.append(f"{said} Other regions, years and crops were not tested, and accuracy there is usually lower.")
    simulated = _simulated(config, list(sources))
    if simulated:
        which = "All tested ground is" if len(simulated) == len(sources) else f"{', '.join(simulated)}: this ground is"
        out.append(f"{which} simulated. Figures on simulated ground say nothing about real fields.")
    if kind == "map":
        out.append(_seen_by_the_map((evaluation.get("evaluated") or {}).get("seen")))
    out += _seen_before(sources, (evaluation.get("evaluated") or {}).get("started_from"))
    if config is not None:
        out.append(
            f"One training run (seed {config.seed_of_training}) is tested. Another seed gives figures that differ by "
            "up to several points; a comparison of methods needs at least three."
        )
    few = {name: source["parcels_tested"] for name, source in sources.items()}
    few = {name: count for name, count in few.items() if count < FEW_PARCELS}
    if few:
        shown = list(few.items())[:3]
        said = ", ".join(f"{whole(count)} in {escaped(name)}" for name, count in shown)
        more = f" and few in {len(few) - len(shown)} more sources" if len(few) > len(shown) else ""
        out.append(
            f"Few parcels were tested ({said}{more}): the intervals are wide, and figures of single classes say little."
        )
    magnification = _magnification(config, evaluation)
    if magnification > 1:
        out.append(
            f"The map's cells are {magnification} times smaller than the images' pixels. That is a grid for labels, "
            "not detail that the images resolve."
        )
    out.append(_areas(sources))
    if kind == "run":
        calibration = evaluation.get("calibration") or {}
        out.append(_probabilities(calibration) + _off_by(sources))
        out += _boundaries(calibration)
    return out


def _seen_by_the_map(seen: Figures | None) -> str:
    """Whether the model of a finished map was trained on the parcels that test it."""
    if seen is None:
        return (
            "Whether the map was made with these very parcels is not known here; if it was, these figures are no test."
        )
    ground = f"ground that the map's model, {escaped(seen['model'])}, was trained or calibrated on in that year"
    if not seen["parcels"]:
        return f"None of the parcels lies on {ground}, as far as its card tells."
    verb = "lies" if seen["parcels"] == 1 else "lie"
    if seen["left_out"]:
        between = " (the ground between parcels counts all the same)" if seen.get("ground_counts") else ""
        return f"{plural(seen['parcels'], 'parcel')} {verb} on {ground}: left out here{between}."
    return f"{plural(seen['parcels'], 'parcel')} {verb} on {ground}: with these the figures are too good, and no test."


def _seen_before(sources: Mapping[str, Figures], start: str | None) -> list[str]:
    """Sources of which a part was no test, or maybe none, of a run that was started from another model."""
    if not start:
        return []
    seen = {name: source for name, source in sources.items() if source.get("parcels_seen_before")}
    unknown = [escaped(name) for name, source in sources.items() if source.get("parcels_seen_before") is None]
    maybe = []
    if unknown:
        listed = ", ".join(unknown[:3]) + (f" and {len(unknown) - 3} more" if len(unknown) > 3 else "")
        maybe = [
            f"Whether {escaped(start)}, which this model was started from, had seen the tested ground of {listed} is "
            "not known; if it had, these figures are too good."
        ]
    if not seen:
        return maybe
    told = ", ".join(
        f"{whole(source['parcels_seen_before'])} of {whole(source['parcels_tested'])} in {escaped(name)}"
        for name, source in seen.items()
    )
    return [
        f"{escaped(start)}, which this model was started from, had seen some of the tested ground, with declarations "
        f"of that year (parcels: {told}). These figures are too good.",
        *maybe,
    ]


def _areas(sources: Mapping[str, Figures]) -> str:
    estimated = [name for name, source in sources.items() if (source["model"].get("area") or {}).get("olofsson")]
    if len(estimated) == len(sources):
        return "Areas are estimated from the probability sample that was given; counts of pixels are biased."
    return (
        "Areas below are counts of pixels and so biased. An area with a valid interval needs a probability sample of "
        "the very map (evaluate --map with --sample)."
    )


def _boundaries(calibration: Figures) -> list[str]:
    """What is to be said of the calibration of the boundary layer, if anything."""
    if not calibration.get("pixels"):
        return []
    if not calibration.get("boundary_pixels"):
        return [
            "No outline of a parcel lies on the calibration ground, on the map's own grid: the boundary layer is not "
            "calibrated."
        ]
    if calibration.get("is_boundary_of_outlines"):
        return [
            "The boundary layer was calibrated on outlines and insides of declared parcels alone, since no source "
            "knows every parcel: how much is drawn between parcels was not seen."
        ]
    return []


def _probabilities(calibration: Figures) -> str:
    if not calibration.get("pixels"):
        return "No calibration parcels were set aside: the probabilities of the map are not calibrated."
    regions: Sequence[str] = calibration.get("regions") or ()
    where = f" of {', '.join(map(escaped, regions[:4]))}" if regions else ""
    more = f" and {len(regions) - 4} more" if len(regions) > 4 else ""
    parcels = f" and {plural(calibration['parcels'], 'parcel')}" if calibration.get("parcels") else ""
    return (
        f"Probabilities were calibrated on {whole(calibration['pixels'])} label cells{parcels}{where}{more}. "
        "They are not calibrated elsewhere."
    )


def _off_by(sources: Mapping[str, Figures]) -> str:
    """Where calibration took the probabilities of pixels away from the truth, not nearer to it."""
    errors = {name: (source["model"].get("ece_before"), source["model"].get("ece")) for name, source in sources.items()}
    worse = [
        f"{escaped(name)} by {points(after)} instead of {points(before)}"
        for name, (before, after) in errors.items()
        if before is not None and after is not None and after > before + ECE_NOTICED
    ]
    if not worse:
        return ""
    return (
        f" It made those of cells worse in {len(worse)} of {len(errors)} sources, where confidence and accuracy lie "
        f"further apart than without it: {', '.join(worse)}."
    )


def _magnification(config: TrainConfig | None, evaluation: Figures) -> int:
    listed: Any = (evaluation.get("evaluated") or {}).get("magnification")
    return int(listed or (config.network.magnification if config is not None else 1))


def _simulated(config: TrainConfig | None, names: Sequence[str]) -> list[str]:
    """Of the sources those that are made-up scenes."""
    if config is None:
        return []
    made = {source.name for source in config.dataset.sources if source.simulated}
    made.update(scenes_made(config.dataset.simulations))
    return [escaped(name) for name in names if name in made]
