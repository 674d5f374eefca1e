"""Opens rasters: facts about a file, windows onto a grid, areas of cells. What is written is the business of cog.py.

Knows nothing of Sentinel-2, dates or models.
"""

from __future__ import annotations

import errno
import math
import os
import warnings
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.crs
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.warp import transform_bounds
from rasterio.windows import Window as RasterioWindow

from .errors import DamagedFileError, GridError, InputError, ResourceError
from .geodesy import metres_per_unit
from .grid import Grid, Window

OPEN_FILES = 256
"""Datasets kept open at most: opening a JPEG 2000 file costs more than reading a window of it."""
ZIP_DRIVERS = {".jp2": "JP2OpenJPEG", ".tif": "GTiff", ".tiff": "GTiff"}
"""The one driver of GDAL that may open an image inside a zip."""
SKEW_TOLERANCE = 1e-6
"""Largest rotation of one grid against another, in cells a cell, that still counts as none."""
CACHE_MIB = 96
"""GDAL's cache of blocks; its own default is a twentieth of the computer's memory, whatever a run may take."""
STRIP_ROWS = 1024
"""Rows read at a time where a whole band is gone through."""


def limited_cache() -> Any:
    """A context in which GDAL keeps no more blocks in memory than a plan allows for."""
    # rasterio hands a whole number to GDALSetCacheMax, which takes bytes, not MiB as the configuration option does
    return rasterio.Env(GDAL_CACHEMAX=CACHE_MIB * 2**20)


@dataclass(frozen=True)
class RasterInfo:
    """What a raster file says of itself."""

    path: Path
    grid: Grid
    count: int
    dtype: str
    descriptions: tuple[str, ...]
    """Band names as the file gives them; empty strings where it gives none."""
    nodata: float | None
    scales: tuple[float, ...]
    offsets: tuple[float, ...]
    tags: dict[str, str]


def read_info(path: Path) -> RasterInfo:
    """The facts of a raster file.

    Raises:
        InputError: if there is no such file, it has no coordinate system, or its numbers are complex.
        DamagedFileError: if GDAL cannot read it as a raster.
    """
    with _opened(path) as src:
        if src.crs is None:
            raise GridError(
                f"{path.name}: the raster has no coordinate system.",
                "Check that the file is whole and what its name says, or assign its projection and try again.",
            )
        place = tuple(src.transform)[:6]
        if not all(math.isfinite(value) for value in place) or src.transform.determinant == 0:
            raise GridError(
                f"{path.name}: the raster has no place on the ground (its transform is {place}).",
                "Georeference it, or leave it out.",
            )
        if src.dtypes[0].startswith("complex"):
            raise InputError(f"{path.name}: its numbers are complex.", "Give images of reflectance.")
        return RasterInfo(
            path=path,
            grid=grid_of(src),
            count=src.count,
            dtype=src.dtypes[0],
            descriptions=tuple(text or "" for text in src.descriptions),
            nodata=src.nodata,
            scales=tuple(src.scales),
            offsets=tuple(src.offsets),
            tags=dict(src.tags()),
        )


@dataclass(frozen=True)
class FileLayout:
    """Where a file's pixels lie, of which kind they are, and in which chunks they are compressed."""

    transform: Any
    height: int
    width: int
    dtypes: tuple[str, ...]
    chunk: tuple[int, int]
    """Rows and columns that are decoded at once."""

    def places(self, name: str, grid: Grid, window: Window) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Rows and columns of the file under the centres of a window's cells; may lie beyond the file.

        Raises:
            GridError: if the file, called `name`, is rotated against the grid.
        """
        to_source = ~self.transform * grid.transform
        if max(abs(to_source.b), abs(to_source.d)) > SKEW_TOLERANCE:
            raise GridError(f"{name}: its grid is rotated against that of the other images.")
        rows = _source_index(to_source.f, to_source.e, window.row, window.height)
        return rows, _source_index(to_source.c, to_source.a, window.col, window.width)


def layout_of(src: Any) -> FileLayout:
    """The layout of an open file."""
    return FileLayout(src.transform, src.height, src.width, src.dtypes, src.block_shapes[0])


def read_layout(path: Path) -> FileLayout:
    """The layout of a raster file."""
    with _opened(path) as src:
        return layout_of(src)


class WindowReader:
    """Reads windows of many files onto one grid and keeps the files open in between.

    Each cell takes the value of the source pixel under its centre, so what is read does not depend on how the
    ground is cut into windows, and a 20 m band on a 10 m grid is the same for data sets and for maps.
    """

    def __init__(self, most: int = OPEN_FILES) -> None:
        """
        Args:
            most: files that are kept open; of each GDAL keeps decoded blocks.
        """
        self._most = most
        self._open: OrderedDict[Path, Any] = OrderedDict()

    def __enter__(self) -> WindowReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all files."""
        while self._open:
            self._open.popitem()[1].close()

    def read(self, path: Path, bands: Sequence[int], grid: Grid, window: Window, fill: float = 0) -> npt.NDArray[Any]:
        """Bands of a file on a window of a grid.

        Args:
            path: the raster; its CRS must be the grid's (checked by the caller once per file).
            bands: band numbers from 1.
            grid: the grid whose cells are asked for.
            window: cells of the grid; may reach beyond it and beyond the file.
            fill: value where the file has no pixel.

        Returns:
            (len(bands), window.height, window.width) in the file's dtype.

        Raises:
            GridError: if the file is rotated against the grid.
            DamagedFileError: if the pixels cannot be read.
        """
        layout = self._layout(path)
        rows, cols = layout.places(path.name, grid, window)
        rows_in = (rows >= 0) & (rows < layout.height)
        cols_in = (cols >= 0) & (cols < layout.width)
        if not rows_in.any() or not cols_in.any():
            return np.full((len(bands), window.height, window.width), fill, dtype=layout.dtypes[bands[0] - 1])
        rows, cols = rows[rows_in], cols[cols_in]
        top, left = int(rows.min()), int(cols.min())
        part = Window(top, left, int(rows.max()) - top + 1, int(cols.max()) - left + 1)
        values = self._pixels(path, bands, part, grid, window)
        values = _pick(_pick(values, cols - left, 2), rows - top, 1)
        if rows_in.all() and cols_in.all():
            return values
        out = np.full((len(bands), window.height, window.width), fill, dtype=values.dtype)
        first_row, first_col = int(rows_in.argmax()), int(cols_in.argmax())  # those inside lie side by side
        out[:, first_row : first_row + len(rows), first_col : first_col + len(cols)] = values
        return out

    def _layout(self, path: Path) -> FileLayout:
        return layout_of(self._dataset(path))

    def _pixels(self, path: Path, bands: Sequence[int], part: Window, grid: Grid, window: Window) -> npt.NDArray[Any]:
        """Pixels of a part of the file, which the cells of a window of a grid are asked for; (len(bands), H, W)."""
        return read_part(self._dataset(path), path, bands, part)

    def _dataset(self, path: Path) -> Any:
        if path in self._open:
            self._open.move_to_end(path)
            return self._open[path]
        src = open_raster(path)
        self._open[path] = src
        if len(self._open) > self._most:
            self._open.popitem(last=False)[1].close()
        return src


def read_part(src: Any, path: Path, bands: Sequence[int], part: Window) -> npt.NDArray[Any]:
    """Pixels of an open file, (len(bands), part.height, part.width).

    Raises:
        DamagedFileError: if they cannot be read.
    """
    try:
        return np.asarray(src.read(list(bands), window=RasterioWindow(part.col, part.row, part.width, part.height)))
    except RasterioError as error:
        raise DamagedFileError(
            f"{path.name}: its pixels cannot be read ({_first_line(error)}).", "Copy or download the file again."
        ) from error


def _source_index(origin: float, step: float, start: int, count: int) -> npt.NDArray[np.int64]:
    """Source rows (or columns) under the centres of `count` cells from `start`."""
    centres = np.arange(start, start + count, dtype=np.float64) + 0.5
    return np.asarray(np.floor(origin + step * centres), dtype=np.int64)


def _pick(values: npt.NDArray[Any], places: npt.NDArray[np.int64], axis: int) -> npt.NDArray[Any]:
    """The values at some places along an axis; as they are where these are all of them in order, as in most bands."""
    if len(places) == values.shape[axis] and (places == np.arange(len(places))).all():
        return values
    return np.take(values, places, axis=axis)


def read_strips(path: Path, band: int = 1) -> Iterator[npt.NDArray[Any]]:
    """One whole band as strips of full width, (STRIP_ROWS or fewer, W), from top to bottom."""
    with _opened(path) as src:
        for row in range(0, src.height, STRIP_ROWS):
            part = RasterioWindow(0, row, src.width, min(STRIP_ROWS, src.height - row))
            try:
                values = src.read(band, window=part)
            except RasterioError as error:
                raise DamagedFileError(
                    f"{path.name}: its pixels cannot be read ({_first_line(error)}).",
                    "Copy or download the file again.",
                ) from error
            yield values


def read_values(path: Path, band: int = 1, max_side: int | None = None) -> npt.NDArray[Any]:
    """One whole band, (H, W); thinned to at most `max_side` rows and columns where that is given."""
    with _opened(path) as src:
        step = 1 if max_side is None else max(1, math.ceil(max(src.shape) / max_side))
        shape = (math.ceil(src.height / step), math.ceil(src.width / step))
        try:
            return np.asarray(src.read(band, out_shape=shape))
        except RasterioError as error:
            raise DamagedFileError(
                f"{path.name}: its pixels cannot be read ({_first_line(error)}).", "Copy or download the file again."
            ) from error


def write_png(path: Path, rgb: npt.NDArray[np.uint8]) -> None:
    """Write (3, H, W) colours as a PNG."""
    with disk_errors(path), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(
            path, "w", driver="PNG", width=rgb.shape[2], height=rgb.shape[1], count=3, dtype="uint8"
        ) as dst:
            dst.write(rgb)
    path.with_name(path.name + ".aux.xml").unlink(missing_ok=True)


def cell_area_m2(grid: Grid) -> float:
    """Area of a cell at the grid's centre, square metres; see cell_size_m."""
    height, width = cell_size_m(grid)
    return height * width


@lru_cache(maxsize=64)
def cell_size_m(grid: Grid) -> tuple[float, float]:
    """(height, width) of a cell at the grid's centre, metres; see geodesy.metres_per_unit."""
    height, width = grid.resolution
    _, bottom, _, top = grid.bounds
    east, north = metres_per_unit(grid.crs, np.array([(bottom + top) / 2]))
    return float(height * north[0]), float(width * east[0])


def geographic_bounds(grid: Grid) -> tuple[float, float, float, float]:
    """(west, south, east, north) of a grid, degrees; the whole world where its coordinates cannot be related."""
    try:
        west, south, east, north = transform_bounds(grid.crs, "EPSG:4326", *grid.bounds)
    except RasterioError:
        return -180.0, -90.0, 180.0, 90.0
    return float(west), float(south), float(east), float(north)


def grid_of(src: Any) -> Grid:
    """The grid of an open raster."""
    authority = src.crs.to_authority()
    crs = ":".join(authority) if authority else src.crs.to_wkt()
    return Grid(crs, src.transform, src.width, src.height)


def open_raster(path: Path) -> Any:
    """A raster open for reading, to be closed by the caller."""
    name = _gdal_name(path)
    # what comes in a zip may call itself an image and be a VRT that leads to other files or the network
    driver = ZIP_DRIVERS.get(path.suffix.lower(), "GTiff") if name.startswith("/vsizip/") else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            return rasterio.open(name, driver=driver)
    except RasterioError as error:
        raise DamagedFileError(
            f"{path.name}: expected a raster, but GDAL cannot open it ({_first_line(error)}).",
            "Check that the file is whole, or leave it out.",
        ) from error


def _gdal_name(path: Path) -> str:
    """What GDAL calls a file; a path through a zip file becomes one of /vsizip/."""
    if path.exists():
        return str(path)
    archive = next((place for place in path.parents if place.is_file()), None)
    if archive is None:
        raise InputError(f"There is no file {path}.", "Check the path.")
    zipped, inside = archive.as_posix(), path.relative_to(archive).as_posix()
    # braces say where the zip's own path ends, whatever it is called, but must be paired in it
    return f"/vsizip/{zipped}/{inside}" if _has_lone_brace(zipped) else f"/vsizip/{{{zipped}}}/{inside}"


def _has_lone_brace(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += (letter == "{") - (letter == "}")
        if depth < 0:
            return True
    return depth != 0


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    with open_raster(path) as src:
        yield src


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn a failed write into one sentence: there is no other reason that the user could mend."""
    try:
        yield
    except (RasterioError, OSError) as error:
        if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise InputError(f"{path.parent}: the folder cannot be written to.", "Choose another folder.") from error
        stat = os.statvfs(path.parent) if hasattr(os, "statvfs") and path.parent.exists() else None
        free = f"; {stat.f_bavail * stat.f_frsize / 1e9:.1f} GB are free there" if stat else ""
        raise ResourceError(
            f"{path}: writing failed ({_first_line(error)}){free}.", "Free some disk space or choose another folder."
        ) from error


def _first_line(error: BaseException) -> str:
    # rasterio keeps what GDAL said in the cause, and only points to it
    text = str(error.__cause__ if isinstance(error, RasterioError) and error.__cause__ else error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__
