"""Shows the events of a run to a person at a terminal. Computes nothing."""

from __future__ import annotations

import shutil
import sys
from typing import Any

from .protocol import duration_text, forecast_text


class Printer:
    """Shows events to a person: progress on one line of stderr, the result on stdout."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._line = False
        self._last_tenth = -1

    def __call__(self, event: str, **values: Any) -> None:
        if event == "progress":
            self._progress(values)
            return
        self.end_line()
        if event == "stage":
            sys.stderr.write(values["message"] + "\n")
        elif event == "forecast":
            sys.stderr.write(forecast_text(values) + "\n")
        elif event == "warning":
            sys.stderr.write(f"Warning: {values['message']}\n")
        elif event == "result" and values["summary"]:
            for name, path in values["outputs"].items():
                sys.stdout.write(f"{name:<12} {path}\n")
            total = max(1, values["summary"]["mapped_cells"])
            for entry in sorted(values["summary"]["classes"], key=lambda item: -item["cells"]):
                if entry["cells"]:
                    sys.stdout.write(
                        f"  {entry['title']:<28} {entry['cells'] / total:6.1%}"
                        f"  {entry['area_ha_biased']:10.1f} ha (cells counted, so biased)\n"
                    )

    def _progress(self, values: dict[str, Any]) -> None:
        what = values["what"]
        share = values["done"] / max(1, values["total"])
        left = "" if values["eta_s"] is None else f", {duration_text(values['eta_s'])} left"
        if self._is_terminal:
            width = max(20, min(60, shutil.get_terminal_size().columns - 40))
            bar = "#" * round(share * width)
            sys.stderr.write(f"\r{what} [{bar:<{width}}] {share:4.0%}{left}   ")
            self._line = True
        elif int(share * 10) != self._last_tenth:
            self._last_tenth = int(share * 10)
            sys.stderr.write(f"{what} {share:4.0%}{left}\n")
        sys.stderr.flush()

    def end_line(self) -> None:
        if self._line:
            sys.stderr.write("\n")
            self._line = False
