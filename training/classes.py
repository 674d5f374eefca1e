"""The legend and the class tables, which are the engine's: training and mapping understand a crop code alike."""

from __future__ import annotations

from backend.classes import BACKGROUND, CLASSES, OTHER, UNKNOWN, ClassTable, Legend, source_code
from backend.table_file import nearest

__all__ = ["BACKGROUND", "CLASSES", "OTHER", "UNKNOWN", "ClassTable", "Legend", "nearest", "source_code"]
