"""Fill the table of crop codes: the worker lists those of the parcels that are chosen, with their ground and class."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable, Dict

from qgis.PyQt.QtCore import QObject, pyqtSignal

from .. import runner
from ..layer_files import LayerFile
from ..translation import tr
from .look import Look
from .parcels_page import ParcelsPage


class CodesLook(QObject):
    """Follows a page of parcels."""

    shown = pyqtSignal()
    """The table shows the codes of the present parcels, or the note why not."""

    def __init__(self, page: ParcelsPage, folder: Path, parent: QObject, python: Callable[[], Path]) -> None:
        """
        Args:
            page: has the choice and the table.
            folder: gets the files of layers that have none of their own.
            parent: owns it.
            python: gives the interpreter; called on a thread.
        """
        super().__init__(parent)
        self._page, self._folder = page, folder
        self._look = Look(tr("Reading the crop codes"), self, python)
        self._look.answered.connect(self._on_listed)
        self._look.failed.connect(self._show_none)

    def look(self) -> None:
        """Have the codes listed, unless they are known."""
        page = self._page
        try:
            parcels = page.parcels()
        except ValueError as error:
            self._look.stop()
            self._show_none(str(error) if page.layer is not None else "")
            return
        table = page.declared.class_table
        request = {"class_table": table, "model": "", "declared": page.declared.field}
        key = f"{parcels.token} {request} {_age(table)}"
        if key != self._look.key:
            page.codes.show_busy(tr("Reading the class table and the layer's codes..."))
            self._look.ask(key, lambda is_cancelled: _task(request, parcels, self._folder, is_cancelled))

    def stop(self) -> None:
        """The codes are not wanted any more."""
        if self._look.is_busy:
            self._look.stop()
            self._page.codes.show_none()

    def _on_listed(self, listing: Any) -> None:
        self._page.codes.show_listing(listing)
        self.shown.emit()

    def _show_none(self, reason: str) -> None:
        self._page.codes.show_none(reason)
        self.shown.emit()


def _task(request: Dict[str, str], parcels: LayerFile, folder: Path, is_cancelled: Callable[[], bool]) -> runner.Task:
    return runner.declared_codes_task({**request, "parcels": parcels.write(folder, is_cancelled)})


def _age(table: str) -> float:
    """When a table of the user's own was changed last."""
    try:
        return os.stat(table).st_mtime if os.path.isabs(table) else 0.0
    except OSError:
        return 0.0
