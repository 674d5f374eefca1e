"""How the report of a data set looks: as all reports, with the colours of its splits. CSS only."""

from __future__ import annotations

from backend.report_style import STYLE as REPORT_STYLE
from training.split_pictures import SPLIT_COLORS

STYLE = REPORT_STYLE + "".join(f".{name}{{fill:{color}}}" for name, color in SPLIT_COLORS.items())
"""Added to that of all pages."""
