"""Which class and which parcel a cell gets, from the shares that parcels cover of it.

Rule "largest", the default: a cell takes the class that covers its largest share; the shares of parcels of one class
add up, and ground that no parcel covers competes as well. At equal shares parcels win over what lies outside of
them, then the lower code, then the lower id.

Rule "published" is that of the published data sets: a cell goes to a parcel that covers at least 5 % of it, of several
to the one that covers most, and ground without parcels does not compete. So fields grow by up to a cell, and lanes
and ditches between them close. The published code does more that is no part of the rule and is not done here: it lays
each polygon's cells out from the polygon's own corner, so its labels shift by up to a cell; it keeps one ring of
multipolygons; it drops polygons with more than 5 % holes. Here both rules stay on the grid of the images, with holes
and multiparts as they are, and both give the same flags.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from training.coverage import Coverage, FloatArray, IntArray, group_starts

PART_ASSIGNED = 1
"""Flag: a parcel of another class covers part of the cell."""
FULLY_ASSIGNED = 2
"""Flag: the cell lies fully in parcels of different classes, so the declarations contradict each other."""
SHARE_TOLERANCE = 0.001
"""Smaller shares are digitising noise: they raise no flag, and 1 - this is "fully"."""
LEAST_PUBLISHED = 0.05
"""The share from which a parcel competes under the rule "published"."""
OWN, SHARED, REPEATED = range(3)
"""Kinds of polygons: ground that no earlier parcel covers; ground that one does; the part of the latter that one of
the same class does."""
_STEPS = 1 << 20
"""Shares are compared in steps of this (1e-6), so that equal shares stay equal after rounding errors."""
_ID_BITS, _CODE_BITS = 31, 8
_LAST_ID, _LAST_CODE = (1 << _ID_BITS) - 1, (1 << _CODE_BITS) - 1

Rule = Literal["largest", "published"]
Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Labels:
    """The label planes of a window, each (H, W)."""

    classes: NDArray[np.uint8]
    """Legend code that the rule gives the cell; UNKNOWN where that is not known."""
    parcels: NDArray[np.int32]
    """Id of the largest parcel of that class in the cell; 0 where what lies outside of parcels has won."""
    coverage: NDArray[np.uint8]
    """Share of that class, 0-255 for 0-1."""
    flags: NDArray[np.uint8]
    """0, PART_ASSIGNED or FULLY_ASSIGNED."""

    @classmethod
    def blank(cls, shape: tuple[int, int], code: int) -> Labels:
        """Planes that no parcel touches: one class all over."""
        return cls(
            classes=np.full(shape, code, dtype=np.uint8),
            parcels=np.zeros(shape, dtype=np.int32),
            coverage=np.full(shape, 255, dtype=np.uint8),
            flags=np.zeros(shape, dtype=np.uint8),
        )

    def crop(self, rows: slice, cols: slice) -> Labels:
        """A part of the planes, as views: what is written to them is written to these."""
        where = rows, cols
        return Labels(self.classes[where], self.parcels[where], self.coverage[where], self.flags[where])


def write_labels(
    labels: Labels, coverage: Coverage, ids: IntArray, kinds: IntArray, codes: Codes, rule: Rule = "largest"
) -> None:
    """Give the cells of a block to classes and parcels.

    Three steps, by what they cost: cells inside one parcel are painted as runs, cells that lie fully in several
    are settled among these, and only where edges run are sums compared.

    Args:
        labels: (H, W) blank planes of the class outside of parcels; written to.
        coverage: what polygons cover of the block.
        ids: (P,) the id of the parcel that each polygon belongs to.
        kinds: (P,) OWN, SHARED or REPEATED. Polygons of kind OWN do not overlap, and the earliest of the parcels that
            cover some ground owns it.
        codes: (N + 1,) legend code of each parcel by id, and that of the ground outside of parcels at 0.
        rule: which one.
    """
    run_kinds = kinds[coverage.run_polygons]
    own = run_kinds == OWN
    if own.any():
        _paint(labels.parcels, coverage, own, ids, 0)
        _paint(labels.classes, coverage, own, codes[ids], int(codes[0]))
    is_mixed = np.zeros(labels.classes.size, dtype=np.bool_)
    is_mixed[coverage.cells] = True
    entries = [(ids[coverage.polygons], coverage.cells, kinds[coverage.polygons], coverage.shares)]
    polygon, cell = coverage.insides(~own)
    if len(cell):
        parcel, kind = ids[polygon], kinds[polygon]
        # at equal shares the class of what lies outside has a place of its own: left to the rule
        is_mixed[cell[(codes[parcel] == codes[0]) | (_at(labels.classes, cell) == codes[0])]] = True
        left = is_mixed[cell]
        settled = ~left & (kind == SHARED)
        _settle(labels, cell[settled], parcel[settled], codes)
        entries.append(_filled(parcel[left], cell[left], kind[left]))
    mixed = np.flatnonzero(is_mixed)
    if not len(mixed):
        return
    # edges reach into the inside of another parcel with shared ground, or by less than SharedGround minds
    owner = _at(labels.parcels, mixed).astype(np.int64)
    inside = owner > 0
    entries.append(_filled(owner[inside], mixed[inside], np.full(np.count_nonzero(inside), OWN)))
    sums = _Sums.of(codes, *(np.concatenate(column) for column in zip(*entries, strict=True)))
    code, parcel, steps = sums.largest() if rule == "largest" else sums.published()
    where = np.divmod(sums.cells, labels.classes.shape[1])
    labels.classes[where], labels.parcels[where] = code, parcel
    labels.coverage[where] = np.rint(steps * (255 / _STEPS))
    labels.flags[where] = sums.flags()


def _paint(
    plane: NDArray[np.integer[Any]], coverage: Coverage, runs: NDArray[np.bool_], values: NDArray[Any], ground: int
) -> None:
    """Write a value per polygon along runs that do not overlap, and `ground` elsewhere.

    As a running sum of what changes from cell to cell: cheaper than to name every cell.
    """
    rows, cols = plane.shape
    steps = np.zeros((rows, cols + 1), dtype=np.int32)
    steps[:, 0] = ground
    change = values[coverage.run_polygons[runs]].astype(np.int32) - np.int32(ground)
    start, length = coverage.run_starts[runs], (coverage.run_stops - coverage.run_starts)[runs]
    # one more column takes the ends of runs that reach the right side
    start += start // cols
    np.add.at(steps.reshape(-1), start, change)
    np.subtract.at(steps.reshape(-1), start + length, change)
    plane[:] = np.cumsum(steps, axis=1, dtype=np.int32, out=steps)[:, :-1]


def _settle(labels: Labels, cell: IntArray, parcel: IntArray, codes: Codes) -> None:
    """Cells that lie fully in the painted parcel and in these: the lower code wins, then the lower id.

    Args:
        labels: written to.
        cell: (n,) cells, some more than once.
        parcel: (n,) ids above that of the painted one.
        codes: by id.
    """
    where = np.divmod(cell, labels.classes.shape[1])
    code, painted = codes[parcel], labels.classes[where]
    _put(labels.flags, where, code != painted, FULLY_ASSIGNED)
    np.minimum.at(labels.classes, where, code)
    wins = (code < painted) & (code == labels.classes[where])
    _put(labels.parcels, where, wins, _LAST_ID)
    np.minimum.at(labels.parcels, (where[0][wins], where[1][wins]), parcel[wins].astype(np.int32))


@dataclass(frozen=True)
class _Sums:
    """Shares of cells summed up per parcel (n of them), per class (m) and per cell (k), each sorted by cell."""

    cells: IntArray
    """(k,)"""
    rest: IntArray
    """(k,) what no parcel covers, in steps."""
    outside: int
    """Its class."""
    parcels: IntArray
    """(n,) ids."""
    parcel_codes: IntArray
    """(n,) their classes."""
    parcel_steps: IntArray
    """(n,) their shares in steps; shared ground counts for each parcel."""
    parcel_starts: IntArray
    """(k,) where a cell's parcels begin."""
    codes: IntArray
    """(m,) classes; what lies outside may be one of them."""
    steps: IntArray
    """(m,) their shares in steps; shared ground counts once."""
    starts: IntArray
    """(k,) where a cell's classes begin."""

    @classmethod
    def of(cls, codes: Codes, parcel: IntArray, cell: IntArray, kind: IntArray, share: FloatArray) -> _Sums:
        """Sum up shares; see `write_labels`."""
        key = (cell << _CODE_BITS | codes[parcel]) << _ID_BITS | parcel
        order = np.argsort(key, kind="stable")
        key, kind, share = key[order], kind[order], share[order]
        first = group_starts(key)
        key = key[first]
        by_class = group_starts(key >> _ID_BITS)
        by_cell = group_starts(key[by_class] >> (_ID_BITS + _CODE_BITS))

        whole = np.add.reduceat(np.where(kind == REPEATED, 0.0, share), first)
        of_class = np.add.reduceat(np.where(kind == REPEATED, -share, share), first[by_class])
        covered = np.add.reduceat(np.where(kind == OWN, share, 0.0), first[by_class[by_cell]])
        rest = np.clip(1.0 - covered, 0.0, 1.0)
        class_codes, outside = key[by_class] >> _ID_BITS & _LAST_CODE, int(codes[0])
        of_class += np.where(class_codes == outside, _spread(rest, by_cell, len(by_class)), 0.0)
        return cls(
            cells=key[by_class[by_cell]] >> (_ID_BITS + _CODE_BITS),
            rest=_in_steps(rest),
            outside=outside,
            parcels=key & _LAST_ID,
            parcel_codes=key >> _ID_BITS & _LAST_CODE,
            parcel_steps=_in_steps(whole),
            parcel_starts=by_class[by_cell],
            codes=class_codes,
            steps=_in_steps(of_class),
            starts=by_cell,
        )

    def largest(self) -> tuple[IntArray, IntArray, IntArray]:
        """(k,) class, parcel and the class's share in steps, by the rule "largest"."""
        # as one number: the share, then whether it is a parcel's class, then the lower code
        value = (self.steps << 1 | (self.codes != self.outside)) << _CODE_BITS | (_LAST_CODE - self.codes)
        best = np.maximum.reduceat(value, self.starts)
        best = np.maximum(best, self.rest << (_CODE_BITS + 1) | (_LAST_CODE - self.outside))
        code = _LAST_CODE - (best & _LAST_CODE)
        value = self.parcel_steps << _ID_BITS | (_LAST_ID - self.parcels)
        value[self.parcel_codes != _spread(code, self.parcel_starts, len(self.parcels))] = 0
        first = np.maximum.reduceat(value, self.parcel_starts)
        # what lies outside may be of the same class, and where it covers more, the cell belongs to no parcel
        is_parcel = (first > 0) & ((code != self.outside) | (first >> _ID_BITS >= self.rest))
        return code, np.where(is_parcel, _LAST_ID - (first & _LAST_ID), 0), best >> (_CODE_BITS + 1)

    def published(self) -> tuple[IntArray, IntArray, IntArray]:
        """(k,) class, parcel and the class's share in steps, by the rule "published"."""
        value = self.parcel_steps << _CODE_BITS | (_LAST_CODE - self.parcel_codes)
        value = value << _ID_BITS | (_LAST_ID - self.parcels)
        value[self.parcel_steps < round(LEAST_PUBLISHED * _STEPS)] = 0
        best = np.maximum.reduceat(value, self.parcel_starts)
        code = np.where(best > 0, _LAST_CODE - (best >> _ID_BITS & _LAST_CODE), self.outside)
        parcel = np.where(best > 0, _LAST_ID - (best & _LAST_ID), 0)
        of_code = self.codes == _spread(code, self.starts, len(self.codes))
        steps = np.maximum.reduceat(np.where(of_code, self.steps, 0), self.starts)
        return code, parcel, np.where(code == self.outside, np.maximum(steps, self.rest), steps)

    def flags(self) -> NDArray[np.uint8]:
        """(k,) flags: parcels of two classes have a share, or parcels of two classes fill the cell."""
        out = np.zeros(len(self.cells), dtype=np.uint8)
        for flag, least in ((PART_ASSIGNED, SHARE_TOLERANCE), (FULLY_ASSIGNED, 1 - SHARE_TOLERANCE)):
            enough = self.parcel_steps > least * _STEPS
            low = np.minimum.reduceat(np.where(enough, self.parcel_codes, _LAST_CODE), self.parcel_starts)
            high = np.maximum.reduceat(np.where(enough, self.parcel_codes, 0), self.parcel_starts)
            out[low < high] = flag
        return out


def _filled(parcel: IntArray, cell: IntArray, kind: IntArray) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    return parcel, cell, kind, np.ones(len(cell))


def _at(plane: NDArray[Any], cell: IntArray) -> NDArray[Any]:
    out: NDArray[Any] = plane[np.divmod(cell, plane.shape[1])]
    return out


def _put(plane: NDArray[Any], where: tuple[IntArray, IntArray], mask: NDArray[np.bool_], value: int) -> None:
    plane[where[0][mask], where[1][mask]] = value


def _spread(values: NDArray[Any], starts: IntArray, size: int) -> NDArray[Any]:
    """Values per group, once for each of the group's members."""
    return np.repeat(values, np.diff(starts, append=size))


def _in_steps(share: FloatArray) -> IntArray:
    return np.rint(np.clip(share, 0.0, 1.0) * _STEPS).astype(np.int64)
