"""Requests and events: what crosses the process edge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.errors import CsclError, InputError, RequestError
from backend.protocol import SCHEMA, MapRequest, decode_event, encode_event

REQUEST = MapRequest(("/data/Été à l'ouest",), "/m.onnx", "/out", region="/r.gpkg", bands=("B02",), threads=2)


def test_a_request_is_the_same_after_writing_and_reading(tmp_path: Path) -> None:
    REQUEST.write(tmp_path / "request.json")
    assert MapRequest.read(tmp_path / "request.json") == REQUEST


def test_a_written_request_says_its_schema_and_every_setting() -> None:
    assert list(REQUEST.to_dict()) == [
        "schema", "series", "model", "out", "region", "device", "bands", "min_clear", "clear_classes", "cloud_buffer_m",
        "until", "skip", "dates_of", "parcels", "parcel_id", "inner_buffer_m", "declared",
        "class_table", "probabilities", "probability_classes", "embeddings", "fields", "scheduler", "memory_gib",
        "threads", "spare_core",
    ]  # fmt: skip
    assert REQUEST.to_dict()["schema"] == SCHEMA


def test_an_unknown_setting_is_refused_with_the_nearest_known_one() -> None:
    values = {**REQUEST.to_dict(), "min_claer": 0.5}
    with pytest.raises(RequestError, match=r"no setting 'min_claer'; did you mean 'min_clear'\?"):
        MapRequest.from_dict(values)


@pytest.mark.parametrize("name", ["series", "model", "out"])
def test_a_missing_setting_is_named(name: str) -> None:
    values = REQUEST.to_dict()
    del values[name]
    with pytest.raises(RequestError, match=f"the setting '{name}' is missing"):
        MapRequest.from_dict(values)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("series", "/data", "must be a list"),
        ("series", [], "names no series"),
        ("series", ["/data", 5], "'series' must be a list of strings"),
        ("bands", "B02,B03", "must be a list"),
        ("model", "", "'model' must be a path"),
        ("out", None, "'out' must be a path"),
        ("region", 5, "'region' must be a path"),
        ("device", "tpu", "must be one of auto, cpu, cuda, .*, not 'tpu'"),
        ("declared", "crop", "need a class table"),
        ("class_table", "rpg", "but not the field"),
        ("min_clear", 1.5, "'min_clear' must be a number from 0 to 1, not 1.5"),
        ("min_clear", float("nan"), "'min_clear' must be a number"),
        ("min_clear", True, "'min_clear' must be a number"),
        ("memory_gib", 0, "'memory_gib' must be a number from 0.25"),
        ("memory_gib", "2", "'memory_gib' must be a number"),
        ("clear_classes", "4,5", "'clear_classes' must be a list"),
        ("clear_classes", [0], "classes of the scene classification, 1 to 11"),
        ("clear_classes", [], "classes of the scene classification, 1 to 11"),
        ("until", "2018-7-1", "must be a day such as 2018-07-01, not '2018-7-1'"),
        ("until", "20180701", "must be a day such as 2018-07-01"),
        ("skip", ["2018-7-1"], "'skip' must be a day such as"),
        ("skip", [""], "'skip' must hold days"),
        ("skip", [5], "'skip' must be a list of strings"),
        ("dates_of", ["/a"], "'dates_of' must map paths to days"),
        ("dates_of", {"/a": "soon"}, "'dates_of' must be a day such as"),
        ("parcels", 5, "'parcels' must be a path"),
        ("fields", "yes", "'fields' must be true or false, not 'yes'"),
        ("probabilities", "10m", "must be input or fine"),
        ("embeddings", 1, "'embeddings' must be true or false"),
        ("cloud_buffer_m", -1, "'cloud_buffer_m' must be a number from 0"),
        ("threads", -1, "whole number of at least 0"),
        ("threads", 1.5, "whole number of at least 0"),
    ],
)
def test_a_value_out_of_range_is_refused(name: str, value: Any, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        MapRequest.from_dict({**REQUEST.to_dict(), name: value})


@pytest.mark.parametrize("values", [[], "x", 5, None, {}, {"schema": "cscl-map-request/9"}])
def test_what_is_no_request_of_this_schema_is_refused(values: Any) -> None:
    with pytest.raises(RequestError, match="expected a request of schema 'cscl-map-request/1'"):
        MapRequest.from_dict(values)


def test_a_request_file_that_is_not_json_or_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(b"\xff{")
    with pytest.raises(RequestError, match=r"bad\.json: not valid JSON"):
        MapRequest.read(tmp_path / "bad.json")
    with pytest.raises(InputError, match=r"There is no request file .*gone\.json"):
        MapRequest.read(tmp_path / "gone.json")


def test_an_event_is_one_line_and_comes_back_as_it_was() -> None:
    line = encode_event("warning", message="two\nlines, größer")
    assert "\n" not in line
    assert decode_event(line) == {"event": "warning", "message": "two\nlines, größer"}


@pytest.mark.parametrize("line", ["", "{", "[]", "5", '{"event": 5}', '{"message": "x"}', "loading model ..."])
def test_a_line_that_is_no_event_is_told_from_one(line: str) -> None:
    assert decode_event(line) is None


def test_every_kind_of_error_has_an_exit_code_of_the_documented_ones() -> None:
    def kinds(kind: type[CsclError]) -> list[type[CsclError]]:
        return [kind, *(deeper for sub in kind.__subclasses__() for deeper in kinds(sub))]

    codes = {kind.__name__: kind.exit_code for kind in kinds(CsclError) if kind.__module__ == "backend.errors"}
    assert codes == {
        "CsclError": 1, "RequestError": 2, "InputError": 2, "SeriesError": 2, "BandMissingError": 2, "GridError": 2,
        "RegionError": 2, "ModelError": 2, "DeviceError": 2, "PackageMissingError": 2, "DamagedFileError": 3,
        "CancelledError": 4,
        "ResourceError": 5,
    }  # fmt: skip


def test_requests_are_plain_json() -> None:
    assert MapRequest.from_dict(json.loads(json.dumps(REQUEST.to_dict()))) == REQUEST
