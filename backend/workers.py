"""What the engine does for another program: read a request, do it, and tell of it in events (worker.py).

Each function imports what it needs only when the signals are blocked: numpy starts threads, which must inherit that.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .cancellation import Cancellation
from .errors import InputError, RequestError
from .protocol import MapRequest, parse_day
from .worker import EventWriter, serve, started

CHART_KEYS = ("run", "wkt", "crs", "title", "svg")
"""What a request for a parcel's chart holds: the run's record or folder, the outline and its coordinate system, what is
written above the picture, and where the picture goes."""


TABLE_KEYS = ("run", "parcels", "parcel_id", "declared", "class_table", "inner_buffer_m")
"""What a request for a table of parcels holds: the map's folder, the file of parcels, its fields of ids and of declared
crops, the table that says what these mean, metres."""
FIELDS_KEYS = ("run",)
"""What a request for the fields of a map holds: the map's folder."""
CODES_KEYS = ("class_table", "model", "parcels", "declared")
"""What a request for the codes of a class table holds: the table, the model (empty for one that is yet to be trained),
the file of parcels and its field."""


def serve_map(path: Path, dry_run: bool = False) -> int:
    """Do a map request; a dry run ends with the forecast. Returns the exit code."""

    def work(emit: EventWriter, cancellation: Cancellation) -> None:
        request = MapRequest.read(path)
        started(emit, "map")
        from .mapping import run_map

        run_map(request, emit, cancellation.is_set, cancellation.watch_session, dry_run)

    return serve(work, tidy)


def serve_dates(path: Path) -> int:
    """Look at a map request's acquisitions; the result's summary has the rows. Model and folder are not needed."""

    def work(emit: EventWriter, cancellation: Cancellation) -> None:
        request = MapRequest.read(path)
        started(emit, "dates")
        from .clear_rule import ClearRule
        from .date_table import as_values, list_dates

        emit("stage", stage="dates", message="Looking at the acquisitions")
        table = list_dates(
            [Path(place) for place in request.series],
            request.bands,
            request.min_clear,
            "",
            rule=ClearRule(request.clear_classes, request.cloud_buffer_m),
            region=Path(request.region) if request.region else None,
            until=parse_day("until", request.until),
            skip=[day for day in (parse_day("skip", text) for text in request.skip) if day is not None],
            days={Path(file): day for file, text in request.dates_of.items() if (day := parse_day("dates_of", text))},
        )
        emit("result", outputs={}, summary={"rows": as_values(table), "box": list(table.box)})

    return serve(work)


def serve_parcel_chart(path: Path) -> int:
    """Draw one parcel of a finished map over the season; the result names the picture and holds its numbers."""

    def work(emit: EventWriter, cancellation: Cancellation) -> None:
        request = read_chart_request(path)
        started(emit, "parcel")
        from .parcel_chart import parcel_svg
        from .parcel_series import parcel_series
        from .run_record import read_record

        series = parcel_series(
            read_record(Path(request["run"])),
            request["wkt"],
            request["crs"],
            cancellation.is_set,
            cancellation.watch_session,
        )
        svg = Path(request["svg"])
        svg.write_text(parcel_svg(series, request["title"]), encoding="utf-8")
        emit("result", outputs={"svg": str(svg)}, summary=series.to_dict())

    return serve(work)


def serve_parcel_table(path: Path) -> int:
    """Make the table of parcels of a finished map; the result names its files."""

    def work(emit: EventWriter, cancellation: Cancellation) -> None:
        request = _read(path, TABLE_KEYS)
        _check_texts(path, request, TABLE_KEYS[:5], may_be_empty=("parcel_id", "declared", "class_table"))
        started(emit, "parcels")
        from .parcel_run import run_parcels

        written, summary = run_parcels(
            Path(request["run"]),
            Path(request["parcels"]),
            request["parcel_id"],
            request["inner_buffer_m"],
            emit,
            cancellation.is_set,
            cancellation.watch_session,
            request["declared"],
            request["class_table"],
        )
        emit("result", outputs={name: str(file) for name, file in written.items()}, summary=summary)

    return serve(work, tidy)


def serve_fields(path: Path) -> int:
    """Cut a finished map into fields; the result names their files."""

    def work(emit: EventWriter, cancellation: Cancellation) -> None:
        request = _read(path, FIELDS_KEYS)
        _check_texts(path, request, FIELDS_KEYS, may_be_empty=())
        started(emit, "fields")
        from .field_run import run_fields

        written, summary = run_fields(Path(request["run"]), emit, cancellation.is_set)
        emit("result", outputs={name: str(file) for name, file in written.items()}, summary=summary)

    return serve(work, tidy)


def serve_declared_codes(path: Path) -> int:
    """List a class table for a model or the legend, codes that parcels have first; the result's summary holds it."""

    def work(emit: EventWriter, cancellation: Cancellation) -> None:
        request = _read(path, CODES_KEYS)
        _check_texts(path, request, CODES_KEYS, may_be_empty=("model", "parcels", "declared"))
        started(emit, "declared codes")
        from .declared_crops import list_codes

        emit("result", outputs={}, summary=list_codes(**request))

    return serve(work)


def read_chart_request(path: Path) -> dict[str, str]:
    """Read a request for a parcel's chart.

    Raises:
        InputError: if there is no such file.
        RequestError: if it does not hold texts for CHART_KEYS and nothing else.
    """
    values = _read(path, CHART_KEYS)
    _check_texts(path, values, CHART_KEYS, may_be_empty=("title",))
    return values


def _read(path: Path, keys: Sequence[str]) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"There is no request file {path}.")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RequestError(f"{path.name}: not valid JSON ({error}).") from error
    if not isinstance(values, dict) or sorted(values) != sorted(keys):
        raise RequestError(f"{path.name}: expected the settings {', '.join(keys)} and no others.")
    return values


def _check_texts(path: Path, values: dict[str, Any], keys: Sequence[str], may_be_empty: Sequence[str]) -> None:
    for key in keys:
        if not isinstance(values[key], str) or not (values[key] or key in may_be_empty):
            raise RequestError(f"{path.name}: '{key}' must be a text, not {values[key]!r}.")


def tidy() -> str:
    """Leave only finished blocks of a run in progress, if it came that far; says what to do then.

    Of a table or of fields that are being written nothing is left.
    """
    scratch = sys.modules.get(f"{__package__}.scratch")
    if scratch is not None:
        scratch.tidy_scratch()
    run_folder = sys.modules.get(f"{__package__}.run_folder")
    return str(run_folder.tidy_open_folders()) if run_folder is not None else ""
