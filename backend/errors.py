"""What can go wrong, as one small tree. Standard library only, since QGIS imports it too.

Every message is one sentence for the person who made the request: what was expected, what came, in which file.
``hint`` says what to do about it. The exit codes are those of ``python -m backend`` and ``training/train.py``.
"""

from __future__ import annotations

EXIT_DONE = 0
EXIT_FAULT = 1
"""A fault of ours: the traceback is in the log, stderr has one sentence."""
EXIT_REQUEST = 2
EXIT_DAMAGED = 3
EXIT_CANCELLED = 4
EXIT_RESOURCE = 5


class CsclError(Exception):
    """Base of all errors that are told to the user in one sentence."""

    exit_code = EXIT_FAULT

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def code(self) -> str:
        """Stable name of the kind of error, for events and logs."""
        return type(self).__name__


class RequestError(CsclError, ValueError):
    """The request itself is wrong: an unknown key, a value out of range, an option that does not exist."""

    exit_code = EXIT_REQUEST


class InputError(CsclError, ValueError):
    """The user's data do not fit: a missing file, band or date, another grid, no overlap."""

    exit_code = EXIT_REQUEST


class SeriesError(InputError):
    """No usable time series in the given paths."""


class BandMissingError(SeriesError):
    """An acquisition lacks a band that the model wants."""


class GridError(InputError):
    """Rasters do not share one coordinate system or one grid."""


class RegionError(InputError):
    """The region cannot be read or does not touch the images."""


class ModelError(InputError):
    """The model is sound but cannot be used for this request."""


class DeviceError(InputError):
    """The device asked for cannot run the model."""


class PackageMissingError(CsclError, ImportError):
    """The Python that runs this lacks a package, or cannot load it."""

    exit_code = EXIT_REQUEST


class DamagedFileError(CsclError, OSError):
    """A file is there but cannot be read for what it is."""

    exit_code = EXIT_DAMAGED


class CancelledError(CsclError):
    """The user cancelled; nothing half-made is left."""

    exit_code = EXIT_CANCELLED


class ResourceError(CsclError, OSError):
    """Disk or memory ran out."""

    exit_code = EXIT_RESOURCE
