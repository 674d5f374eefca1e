"""What the engine does for another program: read a request, do it, and tell of it in events (worker.py).

Each function imports what it needs only when the signals are blocked: numpy starts threads, which must inherit that.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .cancellation import Cancellation
from .errors import InputError, RequestError
from .protocol import MapRequest, parse_day
from .worker import EventWriter, serve, started

CHART_KEYS = ("run", "wkt", "crs", "title", "svg")
"""What a request for a parcel's chart holds: the run's record or folder, the outline and its coordinate system, what is
written above the picture, and where the picture goes."""


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
        listed = list_dates(
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
        emit("result", outputs={}, summary={"rows": as_values(*listed)})

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


def read_chart_request(path: Path) -> dict[str, str]:
    """Read a request for a parcel's chart.

    Raises:
        InputError: if there is no such file.
        RequestError: if it does not hold texts for CHART_KEYS and nothing else.
    """
    if not path.is_file():
        raise InputError(f"There is no request file {path}.")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RequestError(f"{path.name}: not valid JSON ({error}).") from error
    if not isinstance(values, dict) or sorted(values) != sorted(CHART_KEYS):
        raise RequestError(f"{path.name}: expected the settings {', '.join(CHART_KEYS)} and no others.")
    for key, value in values.items():
        if not isinstance(value, str) or not (value or key == "title"):
            raise RequestError(f"{path.name}: '{key}' must be a text, not {value!r}.")
    return values


def tidy() -> str:
    """Leave only finished blocks of a run in progress, if it came that far; says what to do then."""
    run_folder = sys.modules.get(f"{__package__}.run_folder")
    return str(run_folder.tidy_open_folders()) if run_folder is not None else ""
