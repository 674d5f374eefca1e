"""What is chosen in QGIS as a configuration: the training must read the very same from it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from cscl_qgis.dataset_config import DatasetSettings, shipped_tables, write_configuration

pytest.importorskip("pydantic")
from training.config import read_config

LABELS = {"crop_field": "code", "classes": "legend_names"}


def settings(tmp_path: Path, **changes: Any) -> DatasetSettings:
    values: dict[str, Any] = {
        "images": (str(tmp_path / "s2" / "2018"), str(tmp_path / "more é" / "S2_20180101.tif")),
        "outside_parcels": "ignore",
        "parcels": str(tmp_path / "Schläge 2018.gpkg"),
        **LABELS,
        **changes,
    }
    return DatasetSettings(**values)


def test_the_training_reads_what_was_chosen(tmp_path: Path) -> None:
    chosen = settings(
        tmp_path, layer="rpg", id_field="pid", year_field="season", year=2018, magnifications=(1, 2), chip=48,
        sampling="parcels", block_m=2500.0, folds=5, bands=("B02", "B03"), level="L1C", max_dates=9, min_clear=0.2,
        memory_gib=1.5,
    )  # fmt: skip
    write_configuration(chosen.to_dict(), tmp_path / "dataset.yaml")
    dataset = read_config(tmp_path / "dataset.yaml").dataset
    (source,) = dataset.sources
    assert source.series == ("s2/2018", "more é/S2_20180101.tif")
    assert (source.name, source.parcels, source.layer) == ("rpg", "Schläge 2018.gpkg", "rpg")
    assert (source.crop_field, source.id_field, source.year_field, source.year) == ("code", "pid", "season", 2018)
    assert (source.classes, source.outside_parcels, source.block_m) == ("legend_names", "ignore", 2500.0)
    assert (source.bands, source.min_clear) == (("B02", "B03"), 0.2)
    assert (dataset.magnifications, dataset.chip, dataset.sampling, dataset.level) == ((1, 2), 48, "parcels", "L1C")
    assert (dataset.max_dates, dataset.memory_gib) == (9, 1.5)
    assert (dataset.splits.scheme, dataset.splits.folds) == ("folds", 5)
    assert chosen.data == tmp_path


def test_what_was_not_chosen_is_left_to_the_training(tmp_path: Path) -> None:
    source = settings(tmp_path).to_dict()["dataset"]["sources"][0]
    assert not {"layer", "id_field", "year", "year_field", "bands"} & set(source)


def test_a_folder_of_images_alone_is_an_unlabelled_set(tmp_path: Path) -> None:
    images = (str(tmp_path / "s2"),)
    chosen = DatasetSettings(images=images, outside_parcels="ignore", sampling="unlabelled")
    write_configuration(chosen.to_dict(), tmp_path / "dataset.yaml")
    dataset = read_config(tmp_path / "dataset.yaml").dataset
    assert (dataset.labelled, dataset.sources[0].series, chosen.data) == (False, ("s2",), tmp_path)


def test_a_table_of_the_users_is_named_by_its_path(tmp_path: Path) -> None:
    chosen = settings(tmp_path, classes=str(tmp_path / "tables" / "mine.csv"))
    assert chosen.to_dict()["dataset"]["sources"][0]["classes"] == "tables/mine.csv"


@pytest.mark.skipif(os.name != "posix", reason="paths of POSIX")
def test_inputs_with_nothing_but_the_disk_in_common_keep_their_paths() -> None:
    chosen = DatasetSettings(images=("/images/s2",), outside_parcels="ignore", parcels="/lpis/rpg.gpkg", **LABELS)
    source = chosen.to_dict()["dataset"]["sources"][0]
    assert (source["series"], source["parcels"]) == (["/images/s2"], "/lpis/rpg.gpkg")
    assert chosen.data == Path("/")


@pytest.mark.parametrize(
    ("stem", "name"), [("Schläge 2018", "Schl_ge_2018"), ("rpg-2018", "rpg-2018"), ("ö", "source")]
)
def test_the_source_is_named_in_letters_that_are_allowed(tmp_path: Path, stem: str, name: str) -> None:
    assert settings(tmp_path, parcels=str(tmp_path / f"{stem}.gpkg")).name == name


def test_a_configuration_that_says_the_same_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "dataset.yaml"
    values = settings(tmp_path).to_dict()
    write_configuration(values, path)
    os.utime(path, (1, 1))
    write_configuration(values, path)
    assert path.stat().st_mtime == 1
    write_configuration(settings(tmp_path, chip=32).to_dict(), path)
    assert path.stat().st_mtime > 1
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["dataset"]["chip"] == 32
    assert [item.name for item in tmp_path.iterdir()] == ["dataset.yaml"]


def test_the_shipped_tables_are_those_that_map_codes() -> None:
    tables = shipped_tables()
    assert {"eurocrops_hcat", "legend_names"} <= set(tables)
    assert "legend" not in tables
