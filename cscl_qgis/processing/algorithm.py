"""What the plugin's algorithms have in common: how they name and explain themselves, and how they fail."""

from __future__ import annotations

from typing import Any, Dict, Sequence, Tuple

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterNumber,
)
from qgis.PyQt.QtGui import QIcon

from .._engine import errors
from ..environment import WorkerPythonError
from ..help import GUIDE, guide_url, icon_path
from ..translation import tr
from ..worker_python import worker_python


class CsclAlgorithm(QgsProcessingAlgorithm):
    """An algorithm that says in constants what it is called: in English, and told in QGIS's language."""

    NAME = ""
    """Stable id."""
    TITLE = ""
    """What the toolbox shows."""
    GROUP = ""
    """Group in the toolbox; its id is the same in lower case, whatever the language."""
    SUMMARY = ""
    """One line, shown as a tooltip."""
    HELP = ""
    """The text beside the dialog."""
    TAGS: Tuple[str, ...] = ()
    """Words it is found by."""
    PAGE = GUIDE
    """What its Help button opens."""

    def createInstance(self) -> QgsProcessingAlgorithm:
        """A fresh one for each run."""
        return type(self)()

    def name(self) -> str:
        """Stable id."""
        return self.NAME

    def displayName(self) -> str:
        """What the toolbox shows."""
        return tr(self.TITLE)

    def group(self) -> str:
        """Group in the toolbox."""
        return tr(self.GROUP)

    def groupId(self) -> str:
        """Stable id of the group."""
        return self.GROUP.lower()

    def tags(self) -> Any:
        """Words it is found by, in English and in QGIS's language."""
        return list(dict.fromkeys((*self.TAGS, *(tr(word) for word in self.TAGS))))

    def icon(self) -> QIcon:
        """The plugin's icon."""
        return QIcon(icon_path())

    def helpUrl(self) -> str:
        """Its page of the guide."""
        return guide_url(self.PAGE)

    def shortDescription(self) -> str:
        """One line, shown as a tooltip."""
        return tr(self.SUMMARY)

    def shortHelpString(self) -> str:
        """The text beside the dialog."""
        return tr(self.HELP)

    def check(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> None:
        """Look whether the parameters fit each other and what they name.

        Raises:
            ValueError, CsclError: with a sentence about the first thing that does not fit.
        """

    def checkParameterValues(self, parameters: Dict[str, Any], context: QgsProcessingContext) -> Tuple[bool, str]:
        """QGIS asks before a run: false with a sentence about the first thing that does not fit."""
        is_fine, message = super().checkParameterValues(parameters, context)
        if not is_fine:
            return is_fine, message
        try:
            self.check(parameters, context)
        except (ValueError, errors.CsclError) as error:
            return False, sentence(error)
        return True, ""

    def declare(self, parameter: QgsProcessingParameterDefinition, text: str, is_advanced: bool = False) -> None:
        """Add a parameter with its help."""
        parameter.setHelp(text)
        if is_advanced:
            parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
        self.addParameter(parameter)


class EngineAlgorithm(CsclAlgorithm):
    """An algorithm that the mapping engine does."""

    def canExecute(self) -> Tuple[bool, str]:
        """False, with the cure, if there is no Python to run the engine."""
        try:
            worker_python()
        except WorkerPythonError as error:
            return False, f"{error.message} {error.hint}"
        return True, ""


def sentence(error: Exception) -> str:
    """An error and, if it has one, what to do about it."""
    return f"{error} {getattr(error, 'hint', '')}".strip()


def failure(error: Exception) -> QgsProcessingException:
    """An error as Processing's failure, what to do about it on a line of its own."""
    return QgsProcessingException(f"{error}\n{getattr(error, 'hint', '')}".strip())


def number(name: str, title: str, default: float, low: float, high: float) -> QgsProcessingParameterNumber:
    """A parameter for a number within bounds."""
    kind = QgsProcessingParameterNumber.Type.Double
    return QgsProcessingParameterNumber(name, title, kind, default, False, low, high)


def whole_number(name: str, title: str, default: int, low: int, high: int) -> QgsProcessingParameterNumber:
    """A parameter for a whole number within bounds."""
    kind = QgsProcessingParameterNumber.Type.Integer
    return QgsProcessingParameterNumber(name, title, kind, default, False, low, high)


def choice(
    name: str, title: str, options: Sequence[str], default: Any = None, optional: bool = False
) -> QgsProcessingParameterEnum:
    """A parameter for one of several words, or for some of them if the default is a list."""
    return QgsProcessingParameterEnum(name, title, list(options), isinstance(default, list), default, optional, True)
