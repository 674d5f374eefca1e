"""Import every module of the plugin under PyQt6, with QGIS stubbed: no build of QGIS with Qt 6 is at hand.

Run in a process of its own, by test_qt6.py. What a module does when it is imported is done with the real Qt 6: base
classes, signals, enums of Qt. What it asks of QGIS is answered by stand-ins.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import types
from typing import Any


class StandIn(type):
    """A class of QGIS: any attribute is another one, so that nested classes and enums are found."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(name, (), {})

    def __or__(cls, other: Any) -> Any:
        return cls


class StandInModule(types.ModuleType):
    """A module of QGIS: any attribute is a class."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = StandIn(name, (), {})
        setattr(self, name, value)
        return value


def stub() -> None:
    """Put QGIS's modules in place."""
    for name in ("qgis", "qgis.core", "qgis.gui", "qgis.utils", "qgis.PyQt", "osgeo", "osgeo.gdal", "processing"):
        sys.modules[name] = StandInModule(name)
    for name in ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtXml"):
        sys.modules[f"qgis.PyQt.{name}"] = importlib.import_module(f"PyQt6.{name}")


def main() -> int:
    """Import all; prints the names of those that were."""
    stub()
    import cscl_qgis

    for module in pkgutil.walk_packages(cscl_qgis.__path__, "cscl_qgis."):
        if module.name.endswith(".set_up"):  # a script
            continue
        importlib.import_module(module.name)
        print(module.name)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
