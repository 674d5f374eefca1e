"""The plugin in QGIS's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("qgis")
from qgis.core import QgsSettings

pytestmark = pytest.mark.qgis

SAME = {"Configuration", "Description", "Effort", ""}
"""Words that are the same in French."""


@pytest.fixture
def french(qgis_app: Any) -> Iterator[Any]:
    """The provider as a French QGIS has it."""
    from cscl_qgis.plugin import CsclPlugin

    before = QgsSettings().value("locale/userLocale", "", type=str)
    QgsSettings().setValue("locale/userLocale", "fr")
    plugin = CsclPlugin(None)
    try:
        plugin.initProcessing()
        yield plugin._provider
    finally:
        QgsSettings().setValue("locale/userLocale", before)
        plugin.unload()


def test_algorithms_speak_french_where_qgis_does_and_keep_their_ids(french: Any) -> None:
    algorithm = french.algorithm("mapcroptypes").create()
    assert (algorithm.displayName(), algorithm.group()) == ("Cartographier les cultures", "Cartographie")
    assert (algorithm.id(), algorithm.groupId()) == ("cscl:mapcroptypes", "mapping")
    assert algorithm.shortHelpString().startswith("Cartographie les types de cultures")
    assert {"crop", "culture"} <= set(algorithm.tags())
    titles = {parameter.name(): parameter.description() for parameter in algorithm.parameterDefinitions()}
    assert titles["INPUT"] == "Images (couches raster)"
    assert titles["MEMORY"] == "Limite de mémoire (Gio)"
    assert {output.description() for output in algorithm.outputDefinitions()} >= {
        "Types de cultures",
        "Dates utilisées",
    }


def test_no_text_of_an_algorithm_stays_english(french: Any) -> None:
    from cscl_qgis import plugin
    from cscl_qgis.translation import remove_translator

    ids = [algorithm.name() for algorithm in french.algorithms()]
    told = {name: texts_of(french.algorithm(name).create()) for name in ids}
    remove_translator()
    english = plugin.CsclProvider()
    english.loadAlgorithms()
    same = {
        (algorithm.name(), text)
        for algorithm in english.algorithms()
        for text in texts_of(algorithm.create()) & told[algorithm.name()]
    }
    assert {text for _, text in same} <= SAME


def test_the_words_of_a_choice_are_the_same_in_all_languages(french: Any) -> None:
    algorithm = french.algorithm("trainmodel").create()
    assert algorithm.parameterDefinition("EFFORT").options() == ["quick", "normal", "thorough"]
    assert algorithm.parameterDefinition("START").defaultValue() in ("from scratch", *installed())


def test_what_does_not_fit_is_said_in_french(french: Any, context: Any) -> None:
    algorithm = french.algorithm("mapcroptypes").create()
    assert algorithm.checkParameterValues({"OUTPUT": "/tmp/out"}, context) == (
        False,
        "Donnez les images de la saison\xa0: des couches raster ou un dossier.",
    )


def test_the_designer_s_model_stands_in_the_group_of_its_algorithms(french: Any) -> None:
    model = french.algorithm("Crop map and parcels")
    for one in (model, model.create()):
        assert one.id() == "cscl:Crop map and parcels"
        assert (one.displayName(), one.group()) == ("Carte des cultures et parcelles", "Cartographie")
        assert one.groupId() == "mapping"


def texts_of(algorithm: Any) -> set[str]:
    """All that an algorithm says of itself."""
    said = {algorithm.displayName(), algorithm.group(), algorithm.shortDescription(), algorithm.shortHelpString()}
    for parameter in algorithm.parameterDefinitions():
        said |= {parameter.description(), parameter.help()}
    return said | {output.description() for output in algorithm.outputDefinitions()}


def installed() -> list[str]:
    from cscl_qgis import models

    return [model.card.name for model in models.installed_models()]


def test_the_windows_speak_german_where_qgis_does_and_english_again_afterwards(qgis_app: Any) -> None:
    from cscl_qgis.translation import install_translator, remove_translator, tr

    before = QgsSettings().value("locale/userLocale", "", type=str)
    QgsSettings().setValue("locale/userLocale", "de_AT")
    try:
        install_translator()
        assert tr("Map a region") == "Eine Region kartieren"
        assert tr("no such text") == "no such text"
    finally:
        remove_translator()
        QgsSettings().setValue("locale/userLocale", before)
    assert tr("Map a region") == "Map a region"
