"""The request and the events: what crosses the process edge between QGIS and the engine.

A run is one JSON request; ``python -m backend run REQUEST.json`` answers with one JSON object a line on stdout.
The dialog, Processing, the command line and Python all make the same request, so they get the same bytes.
Standard library only, since QGIS imports it.

Events, by their key ``event``:
    started   {"task", "version", "pid"}
    stage     {"stage", "message"}                       a sentence for the log
    progress  {"stage", "done", "total", "eta_s"}        done and total in input pixels; eta_s None at first; "what"
                                                         names the work; building a data set counts its own steps, and
                                                         names the next one; training counts steps, and adds "loss"
    forecast  {"seconds", "memory_bytes", "disk_bytes", "device", "reason", "tiles"}   before the first tile
    warning   {"message"}
    result    {"outputs": {name: path}, "summary": {}}   the last line of a run that went well
    error     {"code", "message", "hint", "exit_code"}   the last line of one that did not
"""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

from .errors import InputError, RequestError

SCHEMA = "cscl-map-request/1"
DEVICES = ("auto", "cpu", "cuda", "directml", "coreml", "openvino")
DEFAULT_MEMORY_GIB = 2.0
DEFAULT_MIN_CLEAR = 0.05
DEFAULT_CLEAR_CLASSES = (4, 5, 6, 7, 11)
"""Classes of the L2A scene classification taken as clear: vegetation, bare soil, water, unclassified, snow."""
DEFAULT_INNER_BUFFER_M = 10.0
PROBABILITY_GRIDS = ("", "input", "fine")
FOUND = "declared crop found"
ANOTHER = "another crop found"
NONE_FOUND = "no crop found"
UNKNOWN_TO_MODEL = "declared crop unknown to the model"
NOT_LISTED = "declared code not in the table"
NOT_MAPPED = "parcel not mapped"
NOT_DECLARED = "no declaration"
AGREEMENTS = (FOUND, ANOTHER, NONE_FOUND, UNKNOWN_TO_MODEL, NOT_LISTED, NOT_MAPPED, NOT_DECLARED)
"""What the field map_agreement of the table of parcels can say; no verdicts."""
MOST_LETTERS = 4096
"""Of a path."""
LISTS = ("series", "bands", "clear_classes", "skip", "probability_classes")
"""Settings that JSON holds as lists."""


@dataclass(frozen=True)
class MapRequest:
    """One map to be made. Paths are absolute strings, so that the worker's own folder does not matter."""

    series: Tuple[str, ...]
    """Folders (searched recursively), SAFE products or single rasters of the time series."""
    model: str
    """The ONNX file; its card lies beside it."""
    out: str
    """Folder of the outputs; made if it is not there."""
    region: Optional[str] = None
    """Vector file; only cells whose centre lies in its polygons are mapped."""
    device: str = "auto"
    """One of DEVICES; auto takes the best that works."""
    bands: Tuple[str, ...] = ()
    """Band names of rasters that do not name their bands themselves, in file order."""
    min_clear: float = DEFAULT_MIN_CLEAR
    """Acquisitions with a smaller share of clear pixels in the region are left out, 0-1."""
    clear_classes: Tuple[int, ...] = DEFAULT_CLEAR_CLASSES
    """Classes of the scene classification that count as clear, 0-11."""
    cloud_buffer_m: float = 0.0
    """What is not clear is grown by so many metres."""
    until: str = ""
    """Acquisitions after this day (YYYY-MM-DD) are left out, for a map in season; empty takes all."""
    skip: Tuple[str, ...] = ()
    """Days (YYYY-MM-DD) whose acquisitions are left out whatever they show."""
    dates_of: Dict[str, str] = field(default_factory=dict)
    """Day (YYYY-MM-DD) of files whose names or tags tell a wrong one, by their paths."""
    parcels: Optional[str] = None
    """Vector file of parcels; with it a table of what grows in each is made."""
    parcel_id: str = ""
    """Field that names a parcel; empty takes the layer's own feature numbers."""
    inner_buffer_m: float = DEFAULT_INNER_BUFFER_M
    """Cells nearer to a parcel's edge do not count for it, metres; small parcels get a smaller one."""
    declared: str = ""
    """Field of the parcels with the declared crop; with it the table says beside what was found what was declared."""
    class_table: str = ""
    """What the declared codes mean: the name of a shipped class table, or a CSV file's path."""
    probabilities: str = ""
    """Grid of a raster of class probabilities: input, fine, or empty for none."""
    probability_classes: Tuple[str, ...] = ()
    """Names of the classes that it holds; empty takes all."""
    embeddings: bool = False
    """True writes the network's embedding on the input grid, where the model gives one."""
    fields: bool = False
    """True cuts the map into fields at its boundary layer, and gives each of them one crop."""
    scheduler: str = "local"
    """local, local:N for N processes, or the address of a dask cluster."""
    memory_gib: float = DEFAULT_MEMORY_GIB
    """Limit from which the plan chooses its tile, GiB."""
    threads: int = 0
    """Threads of the inference; 0 takes all cores."""
    spare_core: bool = False
    """True leaves one core to other programs, where there is more than one and `threads` does not say."""

    def __post_init__(self) -> None:
        for name in ("series", "bands", "skip", "probability_classes"):
            value = getattr(self, name)
            if isinstance(value, str) or not all(isinstance(item, str) for item in value):
                raise RequestError(f"The request's '{name}' must be a list of strings, not {value!r}.")
            object.__setattr__(self, name, tuple(value))
        for name in ("model", "out"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise RequestError(f"The request's '{name}' must be a path, not {getattr(self, name)!r}.")
        for name in ("region", "parcels"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise RequestError(f"The request's '{name}' must be a path, not {value!r}.")
        if not all(self.series):
            raise RequestError("The request's 'series' holds an empty path.", "Give folders or rasters of images.")
        for path in (*self.series, self.model, self.out, self.region or "", self.parcels or ""):
            if "\0" in path or len(path) > MOST_LETTERS:
                raise RequestError(f"The request holds a path that no file can have: {path[:40]!r} ...")
        if not self.series:
            raise RequestError("The request names no series.", "Give at least one folder or raster of images.")
        if self.device not in DEVICES:
            raise RequestError(f"The device must be one of {', '.join(DEVICES)}, not {self.device!r}.")
        for name in ("until", "parcel_id", "declared", "class_table", "scheduler"):
            if not isinstance(getattr(self, name), str):
                raise RequestError(f"The request's '{name}' must be a text, not {getattr(self, name)!r}.")
        check_declared(self.declared, self.class_table)
        if self.declared and not self.parcels:
            raise RequestError(
                f"Declared crops (the field '{self.declared}') are asked for, but no parcels are given.",
                "Give the parcels, too.",
            )
        for name in ("embeddings", "fields", "spare_core"):
            if not isinstance(getattr(self, name), bool):
                raise RequestError(f"The request's '{name}' must be true or false, not {getattr(self, name)!r}.")
        if self.probabilities not in PROBABILITY_GRIDS:
            raise RequestError(f"'probabilities' must be input or fine, or empty for none, not {self.probabilities!r}.")
        object.__setattr__(self, "clear_classes", _clear_classes(self.clear_classes))
        parse_day("until", self.until)
        if not isinstance(self.dates_of, dict) or not all(isinstance(path, str) for path in self.dates_of):
            raise RequestError(f"The request's 'dates_of' must map paths to days, not {self.dates_of!r}.")
        for name, days in (("skip", self.skip), ("dates_of", tuple(self.dates_of.values()))):
            for day in days:
                if not isinstance(day, str) or parse_day(name, day) is None:
                    raise RequestError(f"'{name}' must hold days such as 2018-07-01, not {day!r}.")
        _check_number("cloud_buffer_m", self.cloud_buffer_m, 0.0, 5000.0)
        _check_number("inner_buffer_m", self.inner_buffer_m, 0.0, 1000.0)
        _check_number("min_clear", self.min_clear, 0.0, 1.0)
        _check_number("memory_gib", self.memory_gib, 0.25, 4096.0)
        if not isinstance(self.threads, int) or isinstance(self.threads, bool) or self.threads < 0:
            raise RequestError(f"'threads' must be a whole number of at least 0, not {self.threads!r}.")

    def to_dict(self) -> Dict[str, Any]:
        """The request as plain JSON values, with its schema."""
        values = asdict(self)
        for name in LISTS:
            values[name] = list(values[name])
        return {"schema": SCHEMA, **values}

    def write(self, path: Path) -> None:
        """Write the request as JSON."""
        path.write_text(json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def from_dict(cls, values: Dict[str, Any], source: str = "the request") -> MapRequest:
        """Check and take a request's JSON object.

        Raises:
            RequestError: on another schema, an unknown key (the nearest known one is named) or a missing one.
        """
        if not isinstance(values, dict) or values.get("schema") != SCHEMA:
            found = values.get("schema") if isinstance(values, dict) else type(values).__name__
            raise RequestError(f"{source}: expected a request of schema '{SCHEMA}', found {found!r}.")
        known = [field.name for field in fields(cls)]
        given = {key: value for key, value in values.items() if key != "schema"}
        for key in given:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                raise RequestError(
                    f"{source}: there is no setting '{key}'" + (f"; did you mean '{near[0]}'?" if near else ".")
                )
        for key in ("series", "model", "out"):
            if key not in given:
                raise RequestError(f"{source}: the setting '{key}' is missing.")
        for key in LISTS:
            if not isinstance(given.get(key, []), list):
                raise RequestError(f"{source}: '{key}' must be a list, not {given[key]!r}.")
        return cls(**given)

    @classmethod
    def read(cls, path: Path) -> MapRequest:
        """Read a request from a JSON file."""
        if not path.is_file():
            raise InputError(f"There is no request file {path}.")
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise RequestError(f"{path.name}: not valid JSON ({error}).") from error
        return cls.from_dict(values, path.name)


def check_declared(field: str, class_table: str) -> None:
    """Declared crops are read with a class table, or not at all.

    Raises:
        RequestError: if only one of them is given.
    """
    if field and not class_table:
        raise RequestError(
            f"The declared crops in the field '{field}' need a class table, which says what their codes mean.",
            "Give the name of a shipped one (rpg, hcat, eurocrops_hcat, ...), or a CSV file of your own.",
        )
    if class_table and not field:
        raise RequestError(
            f"The class table {class_table} is given, but not the field of the parcels that it is for.",
            "Name the field with the declared crops.",
        )


def _clear_classes(values: Any) -> Tuple[int, ...]:
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise RequestError(f"'clear_classes' must be a list of whole numbers, not {values!r}.")
    classes = tuple(values)
    if not classes or not all(
        isinstance(item, int) and not isinstance(item, bool) and 1 <= item <= 11 for item in classes
    ):
        raise RequestError(
            f"'clear_classes' must be classes of the scene classification, 1 to 11, not {list(classes)!r}."
        )
    return tuple(sorted(set(classes)))


def parse_day(name: str, value: str) -> Optional[date]:
    """A day such as 2018-07-01, None where the text is empty.

    Raises:
        RequestError: naming the setting, if it is anything else.
    """
    if not value:
        return None
    try:
        if len(value) != 10:  # since Python 3.11 other ways to write a day pass too
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise RequestError(f"'{name}' must be a day such as 2018-07-01, not {value!r}.") from None


def _check_number(name: str, value: Any, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise RequestError(f"'{name}' must be a number from {low:g} to {high:g}, not {value!r}.")


def encode_event(event: str, **values: Any) -> str:
    """One event as one line of JSON (without the newline)."""
    return json.dumps({"event": event, **values}, ensure_ascii=False)


def decode_event(line: str) -> Optional[Dict[str, Any]]:
    """The event in a line of the worker's stdout, or None if the line is not one."""
    try:
        values = json.loads(line)
    except ValueError:
        return None
    return values if isinstance(values, dict) and isinstance(values.get("event"), str) else None


def duration_text(seconds: float) -> str:
    """A time left as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def forecast_text(values: Dict[str, Any]) -> str:
    """What a run will take, from the event `forecast`, for people."""
    disk = values["disk_bytes"]
    return (
        f"Forecast: about {duration_text(values['seconds'])}, {values['memory_bytes'] / 2**30:.2f} GiB of memory, "
        + (f"{disk / 1e9:.1f} GB" if disk >= 1e9 else f"{disk / 1e6:.1f} MB")
        + f" of disk, on {values['device']} ({values['reason']})"
    )
