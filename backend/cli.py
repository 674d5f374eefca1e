"""The command line: one function a command. Turns errors into a sentence and an exit code."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from . import __version__
from .cancellation import Cancellation
from .errors import EXIT_CANCELLED, EXIT_DONE, EXIT_FAULT, RequestError
from .printer import Printer
from .protocol import (
    DEFAULT_CLEAR_CLASSES,
    DEFAULT_INNER_BUFFER_M,
    DEFAULT_MEMORY_GIB,
    DEFAULT_MIN_CLEAR,
    DEVICES,
    PROBABILITY_GRIDS,
    MapRequest,
    parse_day,
)
from .worker import CANCELLED, say_error
from .workers import (
    serve_dates,
    serve_declared_codes,
    serve_fields,
    serve_map,
    serve_parcel_chart,
    serve_parcel_table,
    tidy,
)

log = logging.getLogger(__name__)
SERVERS = {
    "parcel-chart": serve_parcel_chart,
    "parcel-table": serve_parcel_table,
    "cut-fields": serve_fields,
    "declared-codes": serve_declared_codes,
}
"""Commands for other programs: they read a request and answer in JSON lines."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if options.command == "run":
        path = Path(options.request)
        return serve_dates(path) if options.dates else serve_map(path, options.dry_run)
    if options.command in SERVERS:
        return SERVERS[options.command](Path(options.request))
    try:
        return int(options.handler(options) or EXIT_DONE)
    except BrokenPipeError:
        return EXIT_DONE
    except Exception as error:
        return say_error(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m backend", description="Crop type maps from Sentinel-2 time series."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    command = commands.add_parser("map", help="map a region")
    _add_series(command)
    command.add_argument("--model", required=True, metavar="FILE", help="the ONNX model; its card lies beside it")
    command.add_argument("--out", required=True, metavar="DIR", help="folder of the outputs")
    command.add_argument("--region", metavar="VECTOR", help="map only what these polygons cover")
    _add_clear(command)
    _add_parcels(command)
    command.add_argument("--probabilities", choices=PROBABILITY_GRIDS[1:], default="", metavar="GRID",
        help="write class probabilities too, on the input grid or the fine one")  # fmt: skip
    command.add_argument("--probability-classes", default="", metavar="NAMES", help="of these classes only: a,b,...")
    command.add_argument("--embeddings", action="store_true", help="write the network's embedding on the input grid")
    command.add_argument("--fields", action="store_true",
        help="cut the map into fields at its boundaries, and give each of them one crop")  # fmt: skip
    command.add_argument("--device", choices=DEVICES, default="auto", help="default: auto")
    command.add_argument(
        "--memory",
        type=float,
        default=DEFAULT_MEMORY_GIB,
        metavar="GIB",
        help="memory limit of each process, default: %(default)s GiB",
    )
    command.add_argument("--threads", type=int, default=0, metavar="N", help="processor threads, default: all cores")
    command.add_argument("--spare-core", action="store_true", help="leave one core to other programs")
    command.add_argument(
        "--scheduler", default="local", metavar="WHERE", help="local, local:N processes or a dask cluster's address"
    )
    command.add_argument("--dry-run", action="store_true", help="say what the run would take, and write nothing")
    command.set_defaults(handler=_map)

    command = commands.add_parser("repeat", help="make a map again from its run.json, and say whether it is the same")
    command.add_argument("record", metavar="RUN.json", help="or the folder that holds it")
    command.add_argument("--out", metavar="DIR", help="folder of the new map, default: beside the old one, _repeat")
    command.set_defaults(handler=_repeat)

    command = commands.add_parser("parcels", help="make the table of parcels of a map that is finished")
    command.add_argument("--run", required=True, metavar="DIR", help="folder of the map")
    _add_parcels(command, is_required=True)
    command.set_defaults(handler=_parcels)

    command = commands.add_parser("fields", help="cut a finished map into fields, and give each of them one crop")
    command.add_argument("--run", required=True, metavar="DIR", help="folder of the map")
    command.set_defaults(handler=_fields)

    command = commands.add_parser("run", help="the worker: do a request, answer in JSON lines on stdout")
    command.add_argument("request", metavar="REQUEST.json")
    command.add_argument("--dates", action="store_true", help="only look at the acquisitions; the model is not needed")
    command.add_argument("--dry-run", action="store_true", help="only say what the run would take")

    command = commands.add_parser("parcel-chart", help="a worker, too: draw one parcel of a map over the season")
    command.add_argument("request", metavar="REQUEST.json", help="run, wkt, crs, title, and svg, the picture's path")

    command = commands.add_parser("parcel-table", help="a worker, too: the table of parcels of a map")
    keys = "run, parcels, parcel_id, declared, class_table, inner_buffer_m"
    command.add_argument("request", metavar="REQUEST.json", help=keys)

    command = commands.add_parser("cut-fields", help="a worker, too: the fields of a map")
    command.add_argument("request", metavar="REQUEST.json", help="run")

    command = commands.add_parser("declared-codes", help="a worker, too: list a class table for a model and parcels")
    command.add_argument("request", metavar="REQUEST.json", help="class_table, model, parcels, declared")

    command = commands.add_parser("dates", help="list the acquisitions and which of them are used")
    _add_series(command)
    command.add_argument("--region", metavar="VECTOR", help="clear shares within these polygons")
    _add_clear(command)
    command.add_argument("--level", default="", choices=("", "L1C", "L2A"), help="leave out other processing levels")
    command.add_argument("--json", action="store_true", help="machine-readable")
    command.set_defaults(handler=_dates)

    command = commands.add_parser("doctor", help="say what this computer is, and what is wrong with it")
    command.add_argument("--model", metavar="FILE", help="a model that is run, to see on which device")
    command.add_argument("--device", choices=DEVICES, default="auto", help="default: auto")
    command.add_argument("--folder", metavar="DIR", help="where maps are to be written, for the space there")
    command.add_argument("--json", action="store_true", help="machine-readable")
    command.set_defaults(handler=_doctor)

    for name, text, handler in (
        ("card", "show a model's card", _card),
        ("check", "load a model, run it, say whether this engine can use it", _check),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("model", metavar="MODEL")
        command.add_argument("--json", action="store_true", help="the card as a STAC item")
        command.set_defaults(handler=handler)
    return parser


def _add_series(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--series",
        required=True,
        nargs="+",
        metavar="PATH",
        help="folders of Sentinel-2 products, zips of them or GeoTIFFs (searched recursively), or one of these itself",
    )
    command.add_argument(
        "--bands", default="", metavar="NAMES", help="names, in file order, for rasters without band names: B02,B03,..."
    )


def _add_clear(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--min-clear",
        type=float,
        default=DEFAULT_MIN_CLEAR,
        metavar="SHARE",
        help="leave out dates with a smaller share of clear pixels, default: %(default)s",
    )
    command.add_argument(
        "--clear-classes",
        default=",".join(str(code) for code in DEFAULT_CLEAR_CLASSES),
        metavar="CODES",
        help="classes of the scene classification (SCL) that are clear, default: %(default)s",
    )
    command.add_argument(
        "--cloud-buffer", type=float, default=0.0, metavar="METRES", help="grow what is not clear, default: %(default)s"
    )
    command.add_argument("--until", default="", metavar="DATE", help="leave out images after this day (YYYY-MM-DD)")


def _add_parcels(command: argparse.ArgumentParser, is_required: bool = False) -> None:
    command.add_argument(
        "--parcels", required=is_required, metavar="VECTOR", help="make a table of what grows in each of these parcels"
    )
    command.add_argument("--parcel-id", default="", metavar="FIELD", help="field that names a parcel")
    command.add_argument("--declared", default="", metavar="FIELD", help="field with the declared crop")
    command.add_argument(
        "--class-table",
        default="",
        metavar="TABLE",
        help="what its codes mean: rpg, hcat, eurocrops_hcat, ... or a CSV file with the columns source_code and name",
    )
    command.add_argument(
        "--inner-buffer",
        type=float,
        default=DEFAULT_INNER_BUFFER_M,
        metavar="METRES",
        help="cells nearer to a parcel's edge do not count for it, default: %(default)s",
    )


def _class_table(text: str) -> str:
    """A name stays, a file's path becomes absolute."""
    return str(Path(text).resolve()) if text and (Path(text).suffix or Path(text).parent != Path()) else text


def _clear_codes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise RequestError(f"--clear-classes takes whole numbers such as 4,5,6, not {text!r}.") from None


def _band_names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _map(options: argparse.Namespace) -> int:
    request = MapRequest(
        series=tuple(str(Path(path).resolve()) for path in options.series),
        model=str(Path(options.model).resolve()),
        out=str(Path(options.out).resolve()),
        region=str(Path(options.region).resolve()) if options.region else None,
        device=options.device,
        bands=_band_names(options.bands),
        min_clear=options.min_clear,
        clear_classes=_clear_codes(options.clear_classes),
        cloud_buffer_m=options.cloud_buffer,
        until=options.until,
        parcels=str(Path(options.parcels).resolve()) if options.parcels else None,
        parcel_id=options.parcel_id,
        inner_buffer_m=options.inner_buffer,
        declared=options.declared,
        class_table=_class_table(options.class_table),
        probabilities=options.probabilities,
        probability_classes=_band_names(options.probability_classes),
        embeddings=options.embeddings,
        fields=options.fields,
        scheduler=options.scheduler,
        memory_gib=options.memory,
        threads=options.threads,
        spare_core=options.spare_core,
    )

    def make(printer: Printer, cancellation: Cancellation) -> int:
        from .mapping import run_map

        run_map(request, printer, cancellation.is_set, cancellation.watch_session, options.dry_run)
        return EXIT_DONE

    return _cancellable(make)


def _cancellable(work: Callable[[Printer, Cancellation], int]) -> int:
    """Do work that shows a person how it goes on and that Ctrl+C ends cleanly; returns its exit code.

    Args:
        work: imports numpy and what needs it itself: that starts threads, and they must inherit the blocked signals, or
            one of them takes the signals.
    """
    printer = Printer()

    def stop() -> None:
        hint = tidy()
        sys.stderr.write(f"Error: {CANCELLED}\n" + (f"{hint}\n" if hint else ""))
        sys.stderr.flush()
        os._exit(EXIT_CANCELLED)

    with Cancellation(stop) as cancellation:
        try:
            return work(printer, cancellation)
        finally:
            printer.end_line()


def _repeat(options: argparse.Namespace) -> int:
    def make(printer: Printer, cancellation: Cancellation) -> int:
        from .mapping import run_map
        from .repeat import compare_outputs, prepare_repetition

        repetition = prepare_repetition(Path(options.record), Path(options.out) if options.out else None)
        for sentence in repetition.changes or ("Nothing that the map was made from has changed.",):
            sys.stderr.write(f"{sentence}\n")
        run_map(repetition.request, printer, cancellation.is_set, cancellation.watch_session)
        compared = compare_outputs(repetition)
        for item in compared:
            sys.stdout.write(f"{item.file:<20} {item.said}\n")
        return EXIT_DONE if compared and all(item.is_same for item in compared) else EXIT_FAULT

    return _cancellable(make)


def _parcels(options: argparse.Namespace) -> int:
    def make(printer: Printer, cancellation: Cancellation) -> int:
        from .parcel_run import run_parcels

        written, summary = run_parcels(
            Path(options.run).resolve(),
            Path(options.parcels).resolve(),
            options.parcel_id,
            options.inner_buffer,
            printer,
            cancellation.is_set,
            cancellation.watch_session,
            options.declared,
            _class_table(options.class_table),
        )
        printer.end_line()
        for name, path in written.items():
            sys.stdout.write(f"{name:<16} {path}\n")
        sys.stdout.write(f"{summary['mapped']} of {summary['parcels']} parcels have a mapped cell\n")
        for title, count in sorted(summary["classes"].items(), key=lambda item: -item[1]):
            sys.stdout.write(f"  {title:<28} {count}\n")
        for said, count in summary.get("declared", {}).get("agreement", {}).items():
            sys.stdout.write(f"{said}: {count}\n")
        return EXIT_DONE

    return _cancellable(make)


def _fields(options: argparse.Namespace) -> int:
    def make(printer: Printer, cancellation: Cancellation) -> int:
        from .field_run import run_fields

        written, summary = run_fields(Path(options.run).resolve(), printer, cancellation.is_set)
        printer.end_line()
        for name, path in written.items():
            sys.stdout.write(f"{name:<16} {path}\n")
        sys.stdout.write(f"{summary['fields']} fields of {summary['area_ha']:.1f} ha together\n")
        for title, count in sorted(summary["classes"].items(), key=lambda item: -item[1]):
            sys.stdout.write(f"  {title:<28} {count}\n")
        sys.stdout.write(f"{summary['changed_percent']:.1f} % of the mapped cells got another class\n")
        return EXIT_DONE

    return _cancellable(make)


def _dates(options: argparse.Namespace) -> None:
    from .clear_rule import ClearRule
    from .date_table import as_text, as_values, list_dates

    paths = [Path(path) for path in options.series]
    table = list_dates(
        paths,
        _band_names(options.bands),
        options.min_clear,
        options.level,
        rule=ClearRule(_clear_codes(options.clear_classes), options.cloud_buffer),
        region=Path(options.region) if options.region else None,
        until=parse_day("--until", options.until),
    )
    if options.json:
        sys.stdout.write(json.dumps(as_values(table), indent=2) + "\n")
    else:
        sys.stdout.write(as_text([*table.rows, *table.superseded], table.findings))


def _doctor(options: argparse.Namespace) -> int:
    from .doctor import diagnose

    model, folder = (Path(value) if value else None for value in (options.model, options.folder))
    found = diagnose(model, options.device, folder)
    sys.stdout.write(found.as_json() if options.json else found.as_text())
    return EXIT_FAULT if found.faults else EXIT_DONE


def _card(options: argparse.Namespace) -> None:
    from .session import Session

    card = Session(Path(options.model), "cpu").card
    sys.stdout.write(card.to_json() if options.json else card.summary() + "\n")


def _check(options: argparse.Namespace) -> None:
    from .model_check import check_model

    found = check_model(Path(options.model))
    for sentence in found.warnings:
        sys.stderr.write(f"Warning: {sentence}\n")
    if options.json:
        sys.stdout.write(found.card.to_json())
    else:
        sys.stdout.write(f"{found.card.summary()}\nruns on {found.choice.device}: {found.choice.reason}\n")
