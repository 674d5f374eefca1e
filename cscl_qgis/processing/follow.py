"""Pass a worker's events on to QGIS, and a cancel on to the worker."""

from __future__ import annotations

import time
from typing import Any, Dict

from qgis.core import QgsProcessingFeedback

from .. import runner
from .._engine import protocol
from ..engine_words import told
from ..translation import tr
from .algorithm import failure

TEXT_PAUSE_S = 1.0
"""Least time between two progress texts."""


def follow(worker: runner.Worker, feedback: QgsProcessingFeedback, doing: str) -> Dict[str, Any]:
    """Run a worker to its end; returns its result event.

    Args:
        worker: not yet started.
        feedback: gets progress, warnings, stages and the forecast; its cancel ends the worker within 2 s.
        doing: names the work in the progress text where the worker does not.

    Raises:
        QgsProcessingException: if it failed or was cancelled.
    """
    try:
        return _events(worker, feedback, doing)
    except runner.WorkerError as error:
        if error.log:
            feedback.pushDebugInfo(error.log)
        raise failure(error) from error


def _events(worker: runner.Worker, feedback: QgsProcessingFeedback, doing: str) -> Dict[str, Any]:
    result: Dict[str, Any] = {}
    last_text = 0.0
    with worker:
        for event in worker.events():
            if event is not None and event["event"] == "result":
                result = event  # the files are in place: too late to cancel
                continue
            if feedback.isCanceled():
                feedback.pushInfo(tr("Cancelling"))
                worker.cancel()
                continue
            if event is None:
                continue
            kind = event["event"]
            if kind == "progress":
                done, total = float(event.get("done", 0)), max(1.0, float(event.get("total", 1)))
                feedback.setProgress(100.0 * done / total)
                now = time.monotonic()
                if done < total and now - last_text > TEXT_PAUSE_S:
                    text = _text(event, doing, 100.0 * done / total)
                    if text:
                        last_text = now
                        feedback.setProgressText(text)
            elif kind == "warning":
                feedback.pushWarning(str(event.get("message", "")))
            elif kind == "forecast":
                feedback.pushInfo(told(protocol.forecast_text(event)))
            elif kind == "stage":
                feedback.pushInfo(str(event.get("message", "")))
    return result


def _text(event: Dict[str, Any], doing: str, percent: float) -> str:
    """What is under way, and the time left where it can be said."""
    left, what = event.get("eta_s"), str(event.get("what", ""))
    if left is None:
        return what
    return tr("{}: {:.0f} %, {} left").format(what or doing, percent, protocol.duration_text(left))
