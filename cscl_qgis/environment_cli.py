"""The environments from a terminal: build, check, where, wheels. No QGIS; started by set_up.py."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Dict, Optional, Sequence

from . import models
from .environment import (
    MAPPING,
    PROFILES,
    WorkerPythonError,
    find_python,
    is_complete,
    probe,
    python_in,
)
from .environment_build import build
from .gpu_environment import build_for_card
from .wheelhouse import TARGETS, fill


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """The command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        answer = _command(options)
    except WorkerPythonError as error:
        if options.json:
            sys.stdout.write(json.dumps({"error": error.message, "hint": error.hint}) + "\n")
        sys.stderr.write(f"Error: {error.message}\n" + (f"{error.hint}\n" if error.hint else ""))
        return 2
    sys.stdout.write(json.dumps(answer) + "\n" if options.json else "\n".join(answer.values()) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="set_up.py", description="The Python that runs the mapping engine.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in (
        ("build", "build it, or finish a half-built one"),
        ("check", "import its packages and print their versions"),
        ("where", "print its interpreter's path"),
        ("wheels", "fetch its packages into a folder, for a computer without network"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--json", action="store_true", help="machine-readable")
        command.add_argument("--profile", choices=sorted(PROFILES), default=MAPPING.name, help="default: %(default)s")
        if name == "wheels":
            command.add_argument("folder", type=Path, metavar="FOLDER", help="where the wheels go")
            command.add_argument("--system", choices=sorted(TARGETS), default="windows", help="default: %(default)s")
            command.add_argument("--version", default="3.12", metavar="3.N", help="its Python, default: %(default)s")
            continue
        command.add_argument("--dir", type=Path, metavar="DIR", help="instead of the user's data folder")
        if name == "build":
            command.add_argument("--wheels", type=Path, metavar="DIR", help="install from these files, without network")
            command.add_argument("--python", type=Path, metavar="FILE", help="interpreter to make it from")
            command.add_argument(
                "--model", type=Path, metavar="FILE", help="what a graphics card is tried with (profile mapping-gpu)"
            )
    return parser


def _command(options: argparse.Namespace) -> Dict[str, str]:
    profile = PROFILES[options.profile]
    if options.command == "build" and profile.needs_card:
        model = options.model or next((one.path for one in models.installed_models()), None)
        python = build_for_card(model, options.wheels, options.python, _to_stderr, directory=options.dir)
        return {"python": str(python)}
    if options.command == "build":
        python = build(options.dir, options.wheels, options.python, report=_to_stderr, profile=profile)
        return {"python": str(python)}
    if options.command == "wheels":
        fill(options.folder, options.system, options.version, profile, Path(sys.executable), report=_to_stderr)
        return {"folder": str(Path(os.path.abspath(options.folder)))}
    if options.dir is None:
        python = find_python(profile=profile)
    elif is_complete(options.dir, profile):
        python = python_in(Path(os.path.abspath(options.dir)))
    else:
        raise WorkerPythonError(f"There is no whole environment in {options.dir}.", "Build it: set_up.py build.")
    if options.command == "where":
        return {"python": str(python)}
    versions = probe(python, profile)
    return versions if options.json else {name: f"{name} {version}" for name, version in versions.items()}


def _to_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
