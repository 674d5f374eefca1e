"""Read windows of many files while each compressed chunk is decoded once: what later windows need of it is kept.

A JPEG 2000 image is cut into chunks (tiles of its own), and a pixel costs the decoding of all of its chunk. The
reader knows the windows that are still to be read: when a chunk is decoded, the parts of it that these need stay in
memory, and are dropped after the last of them. It may be used by several threads; a file is used by one at a time.
What is read never depends on what is kept: a part that is missing, or had to make room, is decoded again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .clock import Clock
from .coming_windows import ComingWindows
from .grid import Grid, Window
from .raster import OPEN_FILES, FileLayout, WindowReader, layout_of, open_raster, read_part

LARGEST_CHUNK = 1024
"""Side of what is decoded at once, pixels, where a file's own chunks are larger or whole lines."""
SMALLEST_CHUNK = 256
"""Likewise where they are smaller: several are taken together."""
DECODED_APART = (".jp2",)
"""Endings of files whose decoding costs about as much as the model, and is counted apart."""


class _Chunk(NamedTuple):
    """One chunk of some bands of a file."""

    path: Path
    bands: tuple[int, ...]
    window: Window
    """Of the file's own pixels."""


@dataclass(frozen=True)
class _Piece:
    """Pixels kept of a chunk."""

    window: Window
    values: npt.NDArray[Any]
    """(bands, H, W)."""


class ChunkReader(WindowReader):
    """Reads a known sequence of windows."""

    def __init__(self, grid: Grid, windows: Sequence[Window], limit_bytes: int, clock: Clock) -> None:
        """
        Args:
            grid: of the series.
            windows: that will be read, in order; any part of one may be read at its turn, in several steps.
            limit_bytes: most that is kept.
            clock: is told the seconds that files take, "decode" for JPEG 2000 and "read" for others.
        """
        super().__init__(OPEN_FILES)
        self._coming = ComingWindows(grid, windows)
        self._limit = limit_bytes
        self._clock = clock
        self._turn = 0
        self._margins: dict[Path, int] = {}
        """Cells around their windows that files were read with: clouds are grown."""
        self._layouts: dict[Path, FileLayout] = {}
        self._kept: dict[_Chunk, tuple[_Piece, ...]] = {}
        self._bytes = 0
        self._lock = threading.Lock()
        self._freed = threading.Condition()
        self._in_use: set[Path] = set()
        self.decoded = 0
        """Pixels decoded so far, all bands."""

    def begin(self, turn: int) -> None:
        """The window of this number is next: what only earlier ones needed is dropped."""
        with self._lock:
            self._turn = turn
            for chunk, pieces in list(self._kept.items()):
                self._keep(chunk, _recut(pieces, self._needed(chunk)))

    def prefetch(self, path: Path, bands: Sequence[int], turn: int, margin: int = 0) -> None:
        """Decode what the window of a turn needs of a file, as far as it is not there.

        Args:
            path: the file.
            bands: as they will be read together.
            turn: number of the window.
            margin: cells around the window that will be read too.
        """
        layout = self._layout(path)
        with self._lock:
            self._margins[path] = max(margin, self._margins.get(path, 0))
        part = self._coming.part(layout, margin, turn)
        for chunk in _chunks(layout, path, bands, part):
            self._pieces(chunk, chunk.window.intersect(part))

    def _pixels(self, path: Path, bands: Sequence[int], part: Window, grid: Grid, window: Window) -> npt.NDArray[Any]:
        layout = self._layout(path)
        self._note_margin(path, window)
        values = np.empty((len(bands), *part.shape), dtype=layout.dtypes[bands[0] - 1])
        for chunk in _chunks(layout, path, bands, part):
            wanted = chunk.window.intersect(part)
            for piece in self._pieces(chunk, wanted):
                _copy(piece, wanted, values, part)
        return values

    def _pieces(self, chunk: _Chunk, wanted: Window) -> tuple[_Piece, ...]:
        """Pieces of a chunk that cover what is wanted: those kept, or what is decoded now."""
        with self._lock:
            pieces = self._kept.get(chunk, ())
        if _covers(pieces, wanted):
            return pieces
        with self._using(chunk.path) as src:
            with self._lock:  # another thread may have decoded it meanwhile
                pieces = self._kept.get(chunk, ())
                needed = self._needed(chunk)
            if _covers(pieces, wanted):
                return pieces
            box = _box([wanted, *needed])
            is_apart = chunk.path.suffix.lower() in DECODED_APART
            with self._clock.of("decode" if is_apart else "read"):
                whole = _Piece(box, read_part(src, chunk.path, chunk.bands, box))
        with self._lock:
            self.decoded += whole.values.size
            self._keep(chunk, _recut((whole,), needed))
            self._make_room()
        return (whole,)

    def _needed(self, chunk: _Chunk) -> tuple[Window, ...]:
        layout, margin = self._layouts[chunk.path], self._margins.get(chunk.path, 0)
        return self._coming.needed(layout, margin, chunk.window, self._turn)

    def _note_margin(self, path: Path, window: Window) -> None:
        margin = self._coming.margin(window, self._turn)
        with self._lock:
            self._margins[path] = max(margin, self._margins.get(path, 0))

    def _keep(self, chunk: _Chunk, pieces: tuple[_Piece, ...]) -> None:
        before = self._kept.pop(chunk, ())
        self._bytes += sum(piece.values.nbytes for piece in pieces) - sum(piece.values.nbytes for piece in before)
        if pieces:
            self._kept[chunk] = pieces

    def _make_room(self) -> None:
        """Drop what is needed last, until the rest fits."""
        if self._bytes <= self._limit:
            return
        turns = {
            chunk: self._coming.next_turn(
                self._layouts[chunk.path], self._margins.get(chunk.path, 0), chunk.window, self._turn
            )
            for chunk in self._kept
        }
        for chunk in sorted(turns, key=lambda chunk: -turns[chunk]):
            if self._bytes <= self._limit:
                return
            self._keep(chunk, ())

    def _layout(self, path: Path) -> FileLayout:
        layout = self._layouts.get(path)
        if layout is None:
            with self._using(path) as src:
                layout = self._layouts[path] = layout_of(src)
        return layout

    @contextmanager
    def _using(self, path: Path) -> Iterator[Any]:
        """The open file, for this thread alone."""
        with self._freed:
            self._freed.wait_for(lambda: path not in self._in_use)
            self._in_use.add(path)
            src = self._open.pop(path, None)
        try:
            src = src or open_raster(path)
            yield src
        finally:
            with self._freed:
                self._in_use.discard(path)
                if src is not None:
                    self._open[path] = src
                surplus = [self._open.popitem(last=False)[1] for _ in range(len(self._open) - self._most)]
                self._freed.notify_all()
            for other in surplus:
                other.close()


def chunk_sides(layout: FileLayout) -> tuple[int, int]:
    """Rows and columns of a file that are decoded at once."""
    return _side(layout.chunk[0]), _side(layout.chunk[1])


def _chunks(layout: FileLayout, path: Path, bands: Sequence[int], part: Window) -> Iterator[_Chunk]:
    """The chunks of a file that a part of it touches."""
    if part.is_empty:
        return
    height, width = chunk_sides(layout)
    for row in range(part.row // height * height, part.row_stop, height):
        for col in range(part.col // width * width, part.col_stop, width):
            window = Window(row, col, min(height, layout.height - row), min(width, layout.width - col))
            yield _Chunk(path, tuple(bands), window)


def _side(own: int) -> int:
    if own >= LARGEST_CHUNK:
        return LARGEST_CHUNK
    return -(-SMALLEST_CHUNK // own) * own if own < SMALLEST_CHUNK else own


def _covers(pieces: Sequence[_Piece], wanted: Window) -> bool:
    """True if pieces that do not overlap hold all of a window."""
    shapes = (piece.window.intersect(wanted).shape for piece in pieces)
    return sum(height * width for height, width in shapes) == wanted.height * wanted.width


def _recut(pieces: tuple[_Piece, ...], windows: tuple[Window, ...]) -> tuple[_Piece, ...]:
    """The windows cut out of pieces, as far as these cover them."""
    if tuple(piece.window for piece in pieces) == windows:
        return pieces
    found = []
    for window in windows:
        if _covers(pieces, window):
            values = np.empty((len(pieces[0].values), *window.shape), dtype=pieces[0].values.dtype)
            for piece in pieces:
                _copy(piece, window, values, window)
            found.append(_Piece(window, values))
    return tuple(found)


def _copy(piece: _Piece, wanted: Window, values: npt.NDArray[Any], place: Window) -> None:
    """Put what is wanted of a piece into values that cover `place`."""
    common = piece.window.intersect(wanted)
    if not common.is_empty:
        target, source = common.slices(place), common.slices(piece.window)
        values[:, target[0], target[1]] = piece.values[:, source[0], source[1]]


def _box(windows: Sequence[Window]) -> Window:
    """The window around all of some."""
    row, col = min(window.row for window in windows), min(window.col for window in windows)
    row_stop, col_stop = max(window.row_stop for window in windows), max(window.col_stop for window in windows)
    return Window(row, col, row_stop - row, col_stop - col)
