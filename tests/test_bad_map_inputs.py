"""Hundreds of spoilt inputs of a map: each ends in one sentence and its exit code, and touches nothing but its folder.

Every family runs in a process of its own (map_cases_child.py) with limits on memory, file size and time; a bit that is
turned over may also do no harm, but then the map must be whole.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import rasterio
import scenes
import shapely
from bad_input import only
from bad_map_inputs import BOMB, CUTS, NEAR_BOMB, OUTSIDE, Spoilt, cuts, flips, prepare, request_of, swaps, write_farm
from onnx import TensorProto, helper

from backend.mapping import run_map
from backend.protocol import MapRequest
from backend.raster import open_raster

ROOT = Path(__file__).resolve().parents[1]
CHILD = ROOT / "tests" / "map_cases_child.py"
TIFF, JP2, MODEL, CARD = "*_20180520_10m.tif", "*_B04_10m.jp2", "tiny.onnx", "tiny.json"
WHOLE = {"boundary.tif", "confidence.tif", "crop_type.tif", "evidence.tif", "report.html", "run.json"}
MOST_MEMORY_KIB = 1_200_000
"""Of a process that does a whole family; a sound map takes a quarter of it."""
MOST_WORDS = 900
"""Letters of a sentence: a few paths may be in it."""


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_farm(tmp_path_factory.mktemp("farm"))


def endings(farm: Path, folder: Path, faults: Iterable[Spoilt], **changes: Any) -> list[tuple[Spoilt, dict[str, Any]]]:
    """Run the cases in one process; each fault with how it ended."""
    faults = list(faults)
    for number, one in enumerate(faults):
        prepare(farm, folder / "cases" / f"{number:03}", one, **changes)
    done = subprocess.run([sys.executable, CHILD, folder / "cases"], capture_output=True, text=True, timeout=400)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    stuck = f"case '{faults[len(told)].name}' ended the process" if len(told) < len(faults) else ""
    assert (done.returncode, stuck) == (0, ""), f"{stuck} {done.returncode} {done.stderr[-2000:]}"
    return list(zip(faults, told, strict=True))


def check(farm: Path, folder: Path, faults: Iterable[Spoilt], **changes: Any) -> list[dict[str, Any]]:
    """All of them end as they must; what each said."""
    ended = endings(farm, folder, faults, **changes)
    wrong = [f"{one.name}: {fault}" for one, told in ended for fault in faults_of(one, told)]
    assert not wrong, "\n".join(wrong)
    assert max(told["peak_kib"] for _, told in ended) < MOST_MEMORY_KIB
    return [told for _, told in ended]


def faults_of(one: Spoilt, told: dict[str, Any]) -> Iterator[str]:
    """What is wrong with how a case ended."""
    said = f"{told['code']} {told['message']} {told['hint']}"[:MOST_WORDS]
    if told["touched"]:
        yield f"touched {told['touched']}"
    if told["code"] == 0:
        if one.words:
            yield "was taken for sound"
        if not set(told["outputs"]) >= WHOLE:
            yield f"is not whole: {told['outputs']}"
        return
    if told["code"] not in (2, 3, 5):
        yield said
    if told["outputs"]:
        yield f"left {told['outputs']}"
    for text in (told["message"], told["hint"]):
        if len(text) > MOST_WORDS or "\n" in text or not text.endswith((".", "?", "")):
            yield f"no sentence: {text[:MOST_WORDS]}"
    if not told["message"] or one.words.lower() not in said.lower():
        yield f"does not say '{one.words}': {said}"


def test_the_farm_itself_is_sound(farm: Path, tmp_path: Path) -> None:
    settings = {"region": "region.gpkg", "parcels": "parcels.gpkg"}
    for folder, series in (("a", "tiffs"), ("b", "products")):
        told = check(farm, tmp_path / folder, [Spoilt("nothing", lambda case: None)], series=[series], **settings)
        assert told[0]["code"] == 0


# --- images ---


def test_geotiffs(farm: Path, tmp_path: Path) -> None:
    def rewrite(**profile: Any) -> Callable[[Path], None]:
        def spoil(case: Path) -> None:
            path = only(case, TIFF)
            with rasterio.open(path) as src:
                values, own, names = src.read(), src.profile, src.descriptions
            with rasterio.open(path, "w", **own | profile) as dst:
                dst.write(values.astype(profile.get("dtype", values.dtype)))
                dst.descriptions = names

        return spoil

    def tag(number: int, value: int) -> Callable[[Path], None]:
        """Another value of a tag of the first directory (TIFF 6.0, section 2)."""

        def spoil(case: Path) -> None:
            path = only(case, TIFF)
            content = bytearray(path.read_bytes())
            start = int.from_bytes(content[4:8], "little")
            for entry in range(int.from_bytes(content[start : start + 2], "little")):
                place = start + 2 + 12 * entry
                if int.from_bytes(content[place : place + 2], "little") == number:
                    content[place + 2 : place + 4] = (4).to_bytes(2, "little")
                    content[place + 8 : place + 12] = value.to_bytes(4, "little")
                    path.write_bytes(content)
                    return
            raise LookupError(f"no tag {number}")

        return spoil

    absurd = scenes.Affine(1e300, 0, 0, 0, -1e300, 0)
    check(farm, tmp_path, [
        *flips(TIFF, 9, 1, last=700),
        *flips(TIFF, 2, 2),
        *cuts(TIFF, "20180520_10m.tif", CUTS[:6]),
        *swaps(TIFF, "20180520"),
        Spoilt("a width of four billion", tag(256, 2**32 - 1), "20180520"),
        Spoilt("a height of two billion", tag(257, 2**31 - 1), "2018-05-20"),
        Spoilt("sixty thousand bands", tag(277, 60000), "20180520"),
        Spoilt("an unknown compression", tag(259, 4242), "20180520"),
        Spoilt("two thousand bits a sample", tag(258, 2000), "20180520"),
        Spoilt("cells larger than the universe", rewrite(transform=absurd), "20180520"),
        Spoilt("cells of no size", rewrite(transform=scenes.Affine(0, 0, 5e5, 0, 0, 48e5)), "20180520"),
        Spoilt("a place that is no number", rewrite(transform=scenes.transform(10, left=float("nan"))), "20180520"),
        Spoilt("a place at infinity", rewrite(transform=scenes.transform(10, left=float("inf"))), "20180520"),
        Spoilt("no coordinate system", rewrite(crs=None), "coordinate system"),
        Spoilt("complex numbers", rewrite(dtype="complex64"), "complex"),
        Spoilt("an image that is gone", lambda case: only(case, TIFF).unlink(), "B02"),
    ])  # fmt: skip


def test_jpeg_2000(farm: Path, tmp_path: Path) -> None:
    place = f"GRANULE/*/IMG_DATA/R10m/*20180520*{JP2[1:]}"
    check(farm, tmp_path, [
        *flips(place, 10, 3, last=300),
        *flips(place, 2, 4),
        *cuts(place, "_B04_10m.jp2", CUTS[:4]),
        *swaps(place, "B04"),
        Spoilt("an image that is gone", lambda case: only(case, place).unlink(), "B04"),
    ], series=["products"])  # fmt: skip


def test_metadata_of_products(farm: Path, tmp_path: Path) -> None:
    place = "MTD_MSIL2A.xml"

    def replaced(old: str, new: str) -> Callable[[Path], None]:
        def spoil(case: Path) -> None:
            path = only(case, place)
            text = path.read_text("utf-8")
            assert old in text
            path.write_text(text.replace(old, new), "utf-8")

        return spoil

    def put(text: str) -> Callable[[Path], None]:
        return lambda case: only(case, place).write_text(text, "utf-8")

    check(farm, tmp_path, [
        *flips(place, 9, 5),
        *cuts(place, "MTD_MSIL2A.xml", CUTS[:6]),
        Spoilt("an entity that grows", put(BOMB), place),
        Spoilt("an entity from outside", put(OUTSIDE), place),
        Spoilt("an entity said very often", put(NEAR_BOMB), place),
        Spoilt("a hundred thousand levels", put("<a>" * 100_000), place),
        Spoilt("a quantification of nothing", replaced(">10000<", ">0<"), place),
        Spoilt("a quantification below nothing", replaced(">10000<", ">-1<"), place),
        Spoilt("a quantification that is no number", replaced(">10000<", ">nan<"), place),
        Spoilt("a quantification without end", replaced(">10000<", ">1e999<"), place),
    ], series=["products"])  # fmt: skip


# --- models ---


def remade(change: Callable[[Any], None]) -> Callable[[Path], None]:
    """Another model in place of the farm's, without a card beside it: the one inside counts."""

    def spoil(case: Path) -> None:
        (case / CARD).unlink()
        model = onnx.load(case / MODEL)
        change(model)
        (case / MODEL).write_bytes(model.SerializeToString())

    return spoil


def outside_data(location: str, length: int | None = None) -> Callable[[Any], None]:
    """The first weights lie in another file."""

    def change(model: Any) -> None:
        weights = model.graph.initializer[0]
        weights.ClearField("raw_data")
        weights.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location), ("length", length)):
            if value is not None:
                entry = weights.external_data.add()
                entry.key, entry.value = key, str(value)

    return change


def test_models(farm: Path, tmp_path: Path) -> None:
    def without_card(faults: Iterable[Spoilt]) -> Iterable[Spoilt]:
        for one in faults:

            def spoil(case: Path, one: Spoilt = one) -> None:
                one.spoil(case)
                (case / CARD).unlink()

            yield Spoilt(f"{one.name}, no card", spoil, one.words)

    def rename(model: Any) -> None:
        model.graph.input[0].name = "y"

    def huge(model: Any) -> None:
        model.graph.initializer[0].dims[:] = [2**40, 2**20]

    def unknown(model: Any) -> None:
        model.graph.node[0].op_type = "NoSuchOperator"

    def foreign(model: Any) -> None:
        model.graph.node[0].domain = "com.example"

    def endless(model: Any) -> None:
        model.graph.node.append(helper.make_node("Relu", ["loop_b"], ["loop_a"]))
        model.graph.node.append(helper.make_node("Relu", ["loop_a"], ["loop_b"]))

    secret = farm / "weights.bin"
    secret.write_bytes(bytes(8))
    check(farm, tmp_path, [
        *without_card(flips(MODEL, 20, 6)),
        *flips(MODEL, 4, 7),
        *without_card(cuts(MODEL, "tiny.onnx")),
        *swaps(MODEL, "tiny.onnx"),
        Spoilt("weights in a file of the system", remade(outside_data("/etc/hostname", 8)), "tiny.onnx"),
        Spoilt("weights in a folder above", remade(outside_data(f"../{secret.name}", 8)), "tiny.onnx"),
        Spoilt("weights at a path", remade(outside_data(str(secret), 8)), "tiny.onnx"),
        Spoilt("weights in an endless device", remade(outside_data("/dev/zero")), "tiny.onnx"),
        Spoilt("weights that are not there", remade(outside_data("nowhere.bin", 8)), "tiny.onnx"),
        Spoilt("weights beside it", remade(outside_data("weights.bin", 8))),
        Spoilt("weights of a yottabyte", remade(huge), "tiny.onnx"),
        Spoilt("an operator that is none", remade(unknown), "tiny.onnx"),
        Spoilt("an operator of somebody's own", remade(foreign), "tiny.onnx"),
        Spoilt("a graph in a circle", remade(endless), "tiny.onnx"),
        Spoilt("another input", remade(rename), "tiny.onnx"),
    ])  # fmt: skip


def test_cards(farm: Path, tmp_path: Path) -> None:
    def changed(key: str, value: Any) -> Callable[[Path], None]:
        def spoil(case: Path) -> None:
            item = json.loads((case / CARD).read_text("utf-8"))
            place = item["properties"] if key in item["properties"] else item
            place[key] = value
            (case / CARD).write_text(json.dumps(item), "utf-8")

        return spoil

    odd: tuple[Any, ...] = (None, -1, "x", [], {"a": 1}, 1e308)
    keys = ("cscl:magnification", "cscl:halo", "cscl:tile_multiple", "cscl:dates", "mlm:input", "mlm:output")
    check(farm, tmp_path, [
        *flips(CARD, 8, 8),
        *cuts(CARD, "tiny.json", CUTS[:6]),
        *swaps(CARD, "tiny.json"),
        *(Spoilt(f"{key} is {value!r}", changed(key, value), "tiny") for key in keys for value in odd),
        Spoilt("brackets without end", lambda case: (case / CARD).write_text("[" * 200_000), "tiny.json"),
        Spoilt("a halo of a billion", changed("cscl:halo", 10**9), "tiny"),
        Spoilt("a magnification of a thousand", changed("cscl:magnification", 1000), "tiny"),
    ])  # fmt: skip


# --- polygons ---


def region_at(left: float, bottom: float, right: float, top: float) -> Callable[[Path], object]:
    return lambda case: scenes.write_region(case / "region.gpkg", shapely.box(left, bottom, right, top))


def test_regions(farm: Path, tmp_path: Path) -> None:
    inf = float("inf")
    check(farm, tmp_path, [
        *flips("region.gpkg", 8, 9, last=3000),
        *flips("region.gpkg", 2, 10),
        *cuts("region.gpkg", "region.gpkg", CUTS[:5]),
        *swaps("region.gpkg", "region.gpkg"),
        Spoilt("the whole universe", region_at(-1e300, -1e300, 1e300, 1e300)),
        Spoilt("far away", region_at(1e30, 1e30, 1e31, 1e31), "does not touch"),
        Spoilt("corners at infinity", region_at(-inf, -inf, inf, inf), "region.gpkg"),
        Spoilt("corners that are no numbers", lambda case: (case / "region.gpkg").write_text(
            '{"type":"Polygon","coordinates":[[[NaN,1],[2,NaN],[1,1],[NaN,1]]]}'), "region.gpkg"),
        Spoilt("no area", region_at(5e5, 48e5, 5e5, 48e5), "region.gpkg"),
        Spoilt("a line", lambda case: scenes.write_region(
            case / "region.gpkg", shapely.LineString([(0, 0), (1, 1)])), "no polygon"),
        Spoilt("a virtual layer of another file", lambda case: (case / "region.gpkg").write_text(
            '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
            "</OGRVRTDataSource>"), "region.gpkg"),
        Spoilt("brackets without end", lambda case: (case / "region.gpkg").write_text(
            '{"type":"FeatureCollection","features":' + "[" * 200_000), "region.gpkg"),
    ], region="region.gpkg")  # fmt: skip


def test_parcels(farm: Path, tmp_path: Path) -> None:
    check(farm, tmp_path, [
        *flips("parcels.gpkg", 6, 11, last=3000),
        *cuts("parcels.gpkg", "parcels.gpkg", CUTS[:5]),
        *swaps("parcels.gpkg", "parcels.gpkg"),
        Spoilt("points", lambda case: scenes.write_region(
            case / "parcels.gpkg", shapely.Point(5e5, 48e5)), "parcels.gpkg"),
        Spoilt("gone", lambda case: (case / "parcels.gpkg").unlink(), "parcels.gpkg"),
    ], parcels="parcels.gpkg")  # fmt: skip


# --- requests and records ---


def test_requests(farm: Path, tmp_path: Path) -> None:
    def changed(key: str, value: Any) -> Callable[[Path], None]:
        return lambda case: (case / "request.json").write_text(json.dumps(request_of(case) | {key: value}), "utf-8")

    def put(content: bytes) -> Callable[[Path], object]:
        return lambda case: (case / "request.json").write_bytes(content)

    wrong: dict[str, tuple[Any, ...]] = {
        "series": (None, 5, {}, "tiffs", [None], [[]], [""], ["\u0000"], ["x" * 5000], ["x" * 300]),
        "model": (5, [], {}, "/", "\u0000", "/etc/passwd", "/dev/zero"),
        "out": (5, [], "\u0000", "/proc/nowhere", "/dev/null", "/dev/null/x"),
        "region": (True, [], {}, "\u0000", "/dev/zero"),
        "parcels": (True, [], {}, "\u0000"),
        "device": (None, 5, [], "gpu9"),
        "clear_classes": (None, 5, [4.5], [True], [12], [[4]], {"4": 4}),
        "cloud_buffer_m": (None, "20", [], True, 1e309, 5001, float("nan")),
        "until": (None, 5, [], "2018-02-30", "9999-99-99", "tomorrow"),
        "min_clear": (None, [], "0.5", -0.1, 1e309),
        "memory_gib": (None, [], -1, 1e309, 1e9),
        "threads": (None, "2", [], 2.5, True),
        "probabilities": (None, 5, [], "coarse"),
        "probability_classes": (None, 5, "wheat", [5], [None]),
        "scheduler": (None, 5, [], "local:0", "local:x", "tcp://"),
        "inner_buffer_m": (None, "10", -1, 1e309),
        "spare_core": (None, 1, "yes"),
        "declared": (None, 5, [], "crop"),
        "class_table": (None, 5, [], "rpg"),
        "bands": (None, 5, [5]),
        "schema": (None, 5, "", "cscl-map-request/0"),
    }
    whole = json.dumps(request_of(tmp_path)).encode()
    faults = [Spoilt(f"{key} is {value!r:.40}", changed(key, value), " ") for key in wrong for value in wrong[key]]
    faults += [
        *cuts("request.json", "request.json"),
        *flips("request.json", 12, 12, last=60),
        Spoilt("not UTF-8", put(b"\xff\xfe" + whole), "request.json"),
        Spoilt("brackets without end", put(b"[" * 200_000), "request.json"),
        Spoilt("a number of five thousand digits", put(whole[:-1] + b', "threads": ' + b"9" * 5000 + b"}"), " "),
        Spoilt("a list", put(b"[]"), "request.json"),
    ]
    check(farm, tmp_path, faults)


def test_records_of_runs(farm: Path, tmp_path: Path) -> None:
    request = MapRequest.from_dict(request_of(farm), "farm")
    run_map(request, lambda event, **values: None, lambda: False, lambda session: None)
    record = json.loads((farm / "out" / "run.json").read_text("utf-8"))

    def with_record(one: Spoilt) -> Spoilt:
        def spoil(case: Path) -> None:
            text = json.dumps(record).replace(str(farm), str(case))
            (case / "run.json").write_text(text, encoding="utf-8")
            (case / "repeat").touch()
            one.spoil(case)

        return Spoilt(one.name, spoil, one.words)

    def changed(key: str, value: Any) -> Callable[[Path], None]:
        def spoil(case: Path) -> None:
            own = json.loads((case / "run.json").read_text("utf-8"))
            (case / "run.json").write_text(json.dumps(own | {key: value}), "utf-8")

        return spoil

    odd: tuple[Any, ...] = (None, 5, "x", [5], {"a": 5})
    keys = ("schema", "request", "model", "inputs", "outputs", "versions")
    shutil_out = farm / "out"
    for path in shutil_out.iterdir():
        path.unlink()
    shutil_out.rmdir()
    check(farm, tmp_path, map(with_record, [
        *cuts("run.json", "run.json"),
        *flips("run.json", 6, 13),
        *(Spoilt(f"{key} is {value!r}", changed(key, value), " ") for key in keys for value in odd),
        Spoilt("brackets without end", lambda case: (case / "run.json").write_text("[" * 200_000), "run.json"),
        Spoilt("no UTF-8", lambda case: (case / "run.json").write_bytes(b"\xff\xfe{}"), "run.json"),
    ]))  # fmt: skip


# --- blocks of an unfinished run ---


def test_blocks_of_an_unfinished_run_that_are_damaged_are_done_again(farm: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    prepare(farm, case, Spoilt("nothing", lambda case: None))
    request = MapRequest.read(case / "request.json")

    def unfinished() -> Path:
        """Run until all blocks are done, and no further; the file of the first one."""

        class EnoughError(Exception):
            pass

        def stop(event: str, **values: Any) -> None:
            if values.get("stage") == "write":
                raise EnoughError

        with pytest.raises(EnoughError):
            run_map(request, stop, lambda: False, lambda session: None)
        return only(case, "out/**/block-*.npz")

    def finish() -> dict[str, bytes]:
        run_map(request, lambda event, **values: None, lambda: False, lambda session: None)
        return {name: content for name, content in scenes.listing(case / "out").items() if name.endswith(".tif")}

    sound = finish()
    pickled = tmp_path / "pickled.npz"
    np.savez(pickled, crop_type=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    faults = [
        *flips("out/**/block-*.npz", 5, 14),
        *cuts("out/**/block-*.npz", "", (0.0, 0.3, 0.9)),
        Spoilt("objects", lambda case: only(case, "out/**/block-*.npz").write_bytes(pickled.read_bytes())),
        Spoilt("text", lambda case: only(case, "out/**/block-*.npz").write_text("no block")),
        *flips("out/.cscl*/*.json", 2, 15),
        *cuts("out/.cscl*/*.json", "", (0.0, 0.5)),
    ]
    for one in faults:
        unfinished()
        one.spoil(case)
        assert finish() == sound, one.name


# --- the command line ---


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("tiffs/S2_L2A_20180520_10m.tif", b"no raster", 3, "20180520_10m.tif: expected a raster"),
        ("tiny.onnx", b"no model", 3, "tiny.onnx"),
        ("tiny.json", BOMB.encode(), 3, "tiny.json"),
        ("region.gpkg", b"no outline", 3, "region.gpkg: expected a vector file"),
    ],
)
def test_the_command_says_it_in_one_sentence(
    farm: Path, tmp_path: Path, name: str, content: bytes, code: int, words: str
) -> None:
    case = tmp_path / "case"
    prepare(farm, case, Spoilt(name, lambda case: (case / name).write_bytes(content)))
    arguments = ["--series", "tiffs", "--model", "tiny.onnx", "--out", "out", "--region", "region.gpkg"]
    before = scenes.listing(case)
    done = subprocess.run(
        [sys.executable, "-m", "backend", "map", *arguments], cwd=case, env={"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("Error: ") == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert scenes.listing(case) == before


def test_gdal_opens_nothing_else_than_the_file_named(tmp_path: Path) -> None:
    """A text that GDAL would take for a connection, a virtual raster or a list of files is no image."""
    for name in ("/vsicurl/http://localhost:1/a.tif", "GTIFF_DIR:1:a.tif", "<VRTDataset/>", "NETCDF:a.nc:b"):
        with pytest.raises(Exception, match="There is no file"):
            open_raster(Path(name))
