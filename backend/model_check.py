"""The gate for models: may this engine use a model file? Loads it, looks at it and runs it on made-up tiles.

What is refused is told in one sentence; what should be known but harms nothing is a warning.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .errors import ModelError
from .model_card import ModelCard
from .onnx_header import read_versions
from .providers import DeviceChoice
from .session import Session, probe_input

OLDEST_OPSET = 18
"""Models are written in this set of operators or a newer one."""
NEWEST_IR = 10
"""The newest file format that ONNX Runtime 1.19 loads, which is the last one for Python 3.9."""
SUM_TOLERANCE = 1e-3
"""Largest distance of a sum of probabilities from one."""
SAME_TOLERANCE = 1e-4
"""Largest difference between answers that should be the same; other sums of floats differ by less."""
RELATIVE_TOLERANCE = 1e-3
"""Share of a probability by which it may change with what the model should not see."""
PADDING = 3
"""Dates without a valid pixel that are appended."""
HIDDEN = (np.nan, 25.0)
"""Values under clouds that must not matter: none, and brighter than anything."""
LARGEST_REACH_TILE = 640
"""Models that see so far that the trial tile would be larger than this, input cells, are not tried for it."""
EXPORT_AGAIN = "Export the model again."
INSTALL_AGAIN = "Install the model again, file and card together."
IDENTITY = (
    "version", "architecture", "bands", "level", "classes", "magnification", "tile_multiple", "halo", "head_reach",
    "dates_min", "dates_max", "temperature", "boundary", "embedding_channels", "precision",
)  # fmt: skip
"""Fields in which the card beside a model and the one inside it must agree."""

Tile = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64], npt.NDArray[np.bool_]]
"""x (T, C, H, W), doy (T,), valid (T, H, W)."""


@dataclass(frozen=True)
class ModelCheck:
    """A model that may be used, and what was found on the way."""

    card: ModelCard
    choice: DeviceChoice
    warnings: tuple[str, ...]


def check_model(model: Path, device: str = "auto") -> ModelCheck:
    """Load a model, compare it with its card and run it on made-up tiles.

    Raises:
        InputError: if there is no such file.
        DamagedFileError: if it is no ONNX model, has no card, or its checksum is not the card's.
        ModelError: if it is of a version that the engine may not load, its card is that of another model, an output
            is missing or of another shape, answers are not probabilities, clouds give no numbers, what lies under
            them matters, or something further away than the halo does; where any number of dates will do, also if
            dates that only pad change the answer.
    """
    session = Session(model, device)
    versions = read_versions(model)
    if versions.opset < OLDEST_OPSET or versions.ir > NEWEST_IR:
        raise ModelError(
            f"{model.name}: expected operators of version {OLDEST_OPSET} or newer and a file format up to {NEWEST_IR}, "
            f"found {versions.opset} and {versions.ir}.",
            EXPORT_AGAIN,
        )
    warnings = []
    if versions.domains:
        warnings.append(f"The model uses operators of {', '.join(versions.domains)}, which not every ONNX Runtime has.")
    inside = session.card_inside()
    if inside is not None and inside.name != session.card.name:
        raise ModelError(
            f"{model.name}: its card is that of '{session.card.name}', the file says that it is '{inside.name}'.",
            INSTALL_AGAIN,
        )
    trial = _Trial(model.name, session)
    trial.check_answers()
    trial.check_clouds()
    trial.check_reach()
    trial.check_parts()
    padding = trial.padding_sentence()
    if padding and session.card.takes_any_dates:
        raise ModelError(f"{model.name}: {padding}.", EXPORT_AGAIN)
    if padding:
        warnings.append(f"{padding[0].upper()}{padding[1:]}; fewer dates than it was trained on may harm it.")
    if inside is not None:
        _compare_cards(model.name, session.card, inside)
    return ModelCheck(session.card, session.choice, tuple(warnings))


class _Trial:
    """Runs of one model on made-up tiles."""

    def __init__(self, name: str, session: Session) -> None:
        self._name, self._session, self._card = name, session, session.card
        self._bands = len(session.card.bands)
        card = session.card
        self._side = -(-16 // card.tile_multiple) * card.tile_multiple
        self._dates = min(max(4, card.dates_min), card.dates_max)

    def check_answers(self) -> None:
        """Shapes and sums, for tiles of two sizes and numbers of dates, and the embedding where there is one."""
        card = self._card
        larger = self._side + card.tile_multiple
        for side, dates in ((self._side, card.dates_min), (larger, min(card.dates_min + 3, card.dates_max))):
            tile = probe_input(self._bands, side, dates)
            probabilities, boundary = self._session.run(*tile)
            expected = (len(card.classes), side * card.magnification, side * card.magnification)
            if probabilities.shape != expected or boundary.shape != expected[1:]:
                raise self._refusal(
                    f"for a tile of {side} cells and {dates} dates expected probabilities {expected}, came "
                    f"{probabilities.shape} and boundary {boundary.shape}"
                )
            self._check_numbers((probabilities, boundary), "for a tile with clouds in a tenth of its cells")
            if card.embedding_channels:
                *_, embedding = self._session.run(*tile, embedding=True)
                wanted = (card.embedding_channels, *expected[1:])
                if embedding.shape != wanted or not np.isfinite(embedding).all():
                    raise self._refusal(f"expected a finite embedding {wanted}, came {embedding.shape}")

    def check_clouds(self) -> None:
        """Numbers also where no date is clear, whatever the clouds look like."""
        x, doy, valid = self._tile()
        valid[:, :, : self._side // 2] = False
        hidden = ~valid[:, None].repeat(self._bands, axis=1)
        answers = []
        for value in (0.0, *HIDDEN):
            covered = x.copy()
            covered[hidden] = value
            answers.append(self._session.run(covered, doy, valid))
            self._check_numbers(answers[-1], "where no date is clear")
        worst = max(_difference(answers[0], answer) for answer in answers[1:])
        if worst > SAME_TOLERANCE:
            raise self._refusal(f"what lies under clouds changes its answer, by up to {worst:.2g}")
        self._check_numbers(self._session.run(x, doy, np.zeros_like(valid)), "for a tile that is all clouds")

    def check_reach(self) -> None:
        """What lies further away than the halo must not matter, or the map would depend on where tiles are cut."""
        card = self._card
        step = card.tile_multiple
        around = (-(-card.halo // step) + 1) * step
        side = step + 2 * around
        if side > LARGEST_REACH_TILE:
            return
        x, doy, valid = probe_input(self._bands, side, self._dates)
        changed = probe_input(self._bands, side, self._dates, seed=1)
        seen = slice(around - card.halo, around + step + card.halo)
        changed[0][:, :, seen, seen], changed[2][:, seen, seen] = x[:, :, seen, seen], valid[:, seen, seen]
        core = slice(around * card.magnification, (around + step) * card.magnification)
        first, second = self._session.run(x, doy, valid), self._session.run(changed[0], doy, changed[2])
        if any(_is_changed(a[..., core, core], b[..., core, core]) for a, b in zip(first, second, strict=True)):
            raise self._refusal(
                f"what lies further away than the {card.halo} cells that its card names changes its answer, so that a "
                "map would depend on where its tiles are cut"
            )

    def check_parts(self) -> None:
        """The middle of a tile alone must be what it is in the whole, or maps would depend on where tiles are cut."""
        tile, scale = self._tile(), self._card.magnification
        first, last = self._side // 4, self._side - self._side // 4
        whole, part = self._session.run(*tile), self._session.run(*tile, part=(slice(first, last),) * 2)
        middle = slice(first * scale, last * scale)
        if any(_is_changed(a[..., middle, middle], b) for a, b in zip(whole, part, strict=True)):
            raise self._refusal(
                "its answer for a part of a tile is not that for the whole, though "
                f"{self._card.head_reach} cells around it were computed, as its card asks"
            )

    def padding_sentence(self) -> str:
        """What dates without a valid pixel do to the answer; empty if nothing."""
        room = min(PADDING, self._card.dates_max - self._dates)
        if room < 1:
            return ""
        x, doy, valid = self._tile()
        padded = (
            np.concatenate([x, np.full((room, *x.shape[1:]), np.nan, np.float32)]),
            np.concatenate([doy, np.zeros(room, np.int64)]),
            np.concatenate([valid, np.zeros((room, *valid.shape[1:]), bool)]),
        )
        worst = _difference(self._session.run(x, doy, valid), self._session.run(*padded))
        if worst <= SAME_TOLERANCE:
            return ""
        return f"dates without a clear pixel change the model's answer, by up to {worst:.2g}"

    def _tile(self) -> Tile:
        return probe_input(self._bands, self._side, self._dates)

    def _check_numbers(self, answer: tuple[npt.NDArray[np.float32], ...], place: str) -> None:
        probabilities, boundary = answer
        if not (np.isfinite(probabilities).all() and np.isfinite(boundary).all()):
            raise self._refusal(f"its answers are not numbers {place}")
        sums = probabilities.sum(axis=0)
        if max(np.abs(sums - 1).max(), -probabilities.min()) > SUM_TOLERANCE:
            raise self._refusal(
                f"its probabilities sum to {sums.min():.4g} to {sums.max():.4g}, the smallest is "
                f"{probabilities.min():.2g}: expected none below zero and a sum of one {place}"
            )
        if boundary.min() < 0 or boundary.max() > 1:
            raise self._refusal(f"its boundary is no probability: {boundary.min():.3g} to {boundary.max():.3g} {place}")

    def _refusal(self, what: str) -> ModelError:
        return ModelError(f"{self._name}: {what}.", EXPORT_AGAIN)


def _difference(first: tuple[npt.NDArray[np.float32], ...], second: tuple[npt.NDArray[np.float32], ...]) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(first, second, strict=True))


def _is_changed(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]) -> bool:
    """True if answers differ by more than rounding, also where a model is so sure that little can be seen of it."""
    return bool((np.abs(first - second) > RELATIVE_TOLERANCE * np.maximum(first, second) + 1e-6).any())


def _compare_cards(name: str, beside: ModelCard, inside: ModelCard) -> None:
    other = [key for key in IDENTITY if getattr(beside, key) != getattr(inside, key)]
    if other:
        told = ", ".join(key.replace("_", " ") for key in other)
        raise ModelError(f"{name}: the card beside it and the one inside it differ in {told}.", INSTALL_AGAIN)
