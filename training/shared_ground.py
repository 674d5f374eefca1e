"""Ground that more than one parcel covers, so that it counts once in sums of shares. Rasterises nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from training.parcels import GeometryArray

LEAST = 1e-5
"""Smaller overlaps are left to stand, in cells of the images: not a thousandth of a cell that is four times finer."""


@dataclass(frozen=True)
class Pieces:
    """A parcel that shares ground with parcels before it in the file."""

    own: Any
    """The geometry of what no parcel before it covers."""
    shared: Any
    """The geometry of what is left."""
    repeated: Any
    """The part of `shared` that parcels of its own class before it cover; None without such."""


class SharedGround:
    """Finds the parcels that overlap, each when it is first asked for.

    Per parcel, never per window: so what comes out of a window does not depend on what else lies in it.
    """

    def __init__(self, shapes: GeometryArray, classes: NDArray[np.uint8], tree: shapely.STRtree) -> None:
        """
        Args:
            shapes: (N,) valid polygons in cells of the images.
            classes: (N,) their classes.
            tree: of the shapes.
        """
        self._shapes, self._classes, self._tree = shapes, classes, tree
        self._seen = np.zeros(len(shapes), dtype=np.bool_)
        self._pieces: dict[int, Pieces] = {}

    def pieces(self, members: NDArray[np.int64]) -> dict[int, Pieces]:
        """Those of the parcels `members` that share ground with an earlier parcel, by position in `members`."""
        new = members[~self._seen[members]]
        if len(new):
            self._find(new)
            self._seen[new] = True
        return {place: self._pieces[key] for place, key in enumerate(members.tolist()) if key in self._pieces}

    def _find(self, new: NDArray[np.int64]) -> None:
        shapes = self._shapes
        first, second = self._tree.query(shapes[new], predicate="intersects")
        first = new[first]
        first, second = first[second < first], second[second < first]
        large = shapely.area(shapely.intersection(shapes[first], shapes[second])) > LEAST
        first, second = first[large], second[large]
        order = np.lexsort((second, first))
        first, second = first[order], second[order]
        for key in np.unique(first).tolist():
            earlier = second[slice(*np.searchsorted(first, (key, key + 1)))]
            shape, before = shapes[key], shapely.union_all(shapes[earlier])
            same = earlier[self._classes[earlier] == self._classes[key]]
            repeated = shapely.intersection(shape, shapely.union_all(shapes[same])) if len(same) else None
            self._pieces[key] = Pieces(shapely.difference(shape, before), shapely.intersection(shape, before), repeated)
