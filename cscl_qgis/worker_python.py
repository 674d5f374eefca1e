"""The worker's Python as the user has chosen it in QGIS: an interpreter of their own, else what was set up."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence
from urllib.parse import quote

from qgis.core import QgsSettings

from .environment import MAPPING, TRAINING, Profile, WorkerPythonError, find_python
from .training_python import TRAINING_PACKAGES, find_training_python

KEY = "cscl_qgis/python/"
"""Start of the settings' names; the profile's name follows."""


def worker_python(profile: Profile = MAPPING) -> Path:
    """The interpreter of a profile.

    Raises:
        WorkerPythonError: if there is none; the hint says how to get it.
    """
    return find_python(chosen_python(profile), profile)


def training_python(packages: Sequence[str] = TRAINING_PACKAGES) -> Path:
    """The interpreter that trains: the user's own, else the first that has the packages.

    Asks each of them, which may take a second.

    Args:
        packages: modules that it must have.

    Raises:
        WorkerPythonError: if there is none; the hint says how to get it.
    """
    return find_training_python(packages, chosen_python(TRAINING))


def any_python() -> Path:
    """The interpreter that looks at images and tables: that of the maps, else one that trains, which has more.

    Raises:
        WorkerPythonError: if there is neither.
    """
    try:
        return worker_python()
    except WorkerPythonError:
        return training_python()


def chosen_python(profile: Profile) -> str:
    """The interpreter that the user has chosen, empty for the one that was set up."""
    return str(QgsSettings().value(KEY + profile.name, "", type=str))


def choose_python(profile: Profile, path: str) -> None:
    """Take an interpreter of the user's own; an empty path goes back to the one that was set up."""
    QgsSettings().setValue(KEY + profile.name, path)


def qgis_proxy() -> str:
    """The proxy of QGIS's options as a URL, empty if none is set or it is no HTTP proxy."""
    settings = QgsSettings()
    if not settings.value("proxy/proxyEnabled", False, type=bool):
        return ""
    host = settings.value("proxy/proxyHost", "", type=str)
    if settings.value("proxy/proxyType", "", type=str) not in ("HttpProxy", "HttpCachingProxy") or not host:
        return ""
    user = settings.value("proxy/proxyUser", "", type=str)
    secret = settings.value("proxy/proxyPassword", "", type=str)
    login = f"{quote(user, safe='')}:{quote(secret, safe='')}@" if user else ""
    port = settings.value("proxy/proxyPort", "", type=str)
    return f"http://{login}{host}" + (f":{port}" if port else "")
