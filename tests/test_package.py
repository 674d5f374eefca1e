"""The zips: what plugins.qgis.org demands, and that what is in them works alone."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import tiny_model

from cscl_qgis import models, training_config
from cscl_qgis._engine import errors, model_card

ROOT = Path(__file__).resolve().parents[1]


def load_script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


package: Any = load_script("package")


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = package.build_plugin(tmp_path_factory.mktemp("dist"))
    return path


@pytest.fixture(scope="module")
def unpacked(plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("Plug-ins é")
    with zipfile.ZipFile(plugin) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def models_zip(tmp_path: Path) -> Path:
    tiny_model.write_tiny_model(tmp_path / "tiny.onnx")
    path: Path = package.build_models(tmp_path / "dist", [tmp_path / "tiny.onnx"])
    return path


def write_zip(path: Path, content: dict[str, str | bytes], mode: int = 0o644) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, data)
    return path


def run_python(folder: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_zip_has_one_folder_and_no_stray_files(plugin: Path) -> None:
    with zipfile.ZipFile(plugin) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"cscl_qgis"}
    assert "cscl_qgis/metadata.txt" in names
    assert "cscl_qgis/_bundle/backend/__main__.py" in names
    assert "cscl_qgis/_bundle/resources/requirements-mapping.txt" in names
    assert not [name for name in names if name.endswith((".onnx", ".pyc", ".ckpt")) or "/tests/" in name]


def test_the_same_sources_give_the_same_bytes(plugin: Path, tmp_path: Path) -> None:
    again = package.build_plugin(tmp_path)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(plugin.read_bytes()).digest()


def test_metadata_and_engine_have_one_version(plugin: Path) -> None:
    import backend

    assert plugin.name == f"cscl_qgis-{backend.__version__}.zip"


def test_another_version_in_the_engine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend/__init__.py").write_text('__version__ = "9.9.9"\n')
    (tmp_path / "metadata.txt").write_text((ROOT / "metadata.txt").read_text(encoding="utf-8"))
    monkeypatch.setattr(package, "ROOT", tmp_path)
    with pytest.raises(package.PackageError, match=r"backend/__init__\.py 9\.9\.9"):
        package.version()


@pytest.mark.parametrize(
    ("name", "data", "finding"),
    [
        ("other/readme.md", b"", "lies outside"),
        ("cscl_qgis/.hidden.txt", b"", "hidden"),
        ("cscl_qgis/__pycache__/x.py", b"", "made by a tool"),
        ("cscl_qgis/run.sh", b"", "kind that is not allowed"),
        ("cscl_qgis/model.onnx", b"", "kind that is not allowed"),
        ("cscl_qgis/lib.py", b"\x7fELF\x00\xff", "not text"),
        ("cscl_qgis/new.py", b"match x:\n    case 1:\n        pass\n", "Python 3.9"),
        ("cscl_qgis/a.py", b"", "cscl_qgis/_bundle/training/train.py is missing"),
        ("cscl_qgis/a.py", b"", "cscl_qgis/_bundle/resources/classes/legend.csv is missing"),
        ("cscl_qgis/metadata.txt", b"[general]\nname=x\nversion=1.2\n", "lacks 'email'"),
    ],
)
def test_what_the_repository_would_refuse_is_refused_here(tmp_path: Path, name: str, data: bytes, finding: str) -> None:
    with pytest.raises(package.PackageError) as caught:
        package.check_plugin(write_zip(tmp_path / "x.zip", {name: data}))
    assert finding in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "finding"),
    [
        ("about", "", "lacks 'about'"),
        ("about", "Maps crops.", "must name the external dependencies"),
        ("tracker", "see the homepage", "tracker must be an https address"),
        ("homepage", "http://example.org", "homepage must be an https address"),
        ("email", "nobody", "no e-mail address"),
        ("name", "Crop Mapping Plugin", "do without the word plugin"),
        ("description", "x" * 256, "one line of at most 255"),
        ("category", "Agriculture", "category must be one of"),
        ("icon", "logo.png", "icon 'logo.png' is not in the zip"),
        ("tags", "crop;maps", "words with commas"),
        ("changelog", "See CHANGELOG.md", "must begin with"),
        ("experimental", "yes", "experimental must be True or False"),
        ("hasProcessingProvider", "no", "hasProcessingProvider=yes"),
        ("qgisMaximumVersion", "3.16", "in order"),
        ("qgisMinimumVersion", "3", "must be like 3.22"),
    ],
)
def test_metadata_that_the_repository_would_refuse_are_refused_here(key: str, value: str, finding: str) -> None:
    names = {"cscl_qgis/icon.svg"}
    metadata = package._metadata((ROOT / "metadata.txt").read_text(encoding="utf-8"))
    assert package._check_metadata(metadata, names) == []
    spoilt = {**metadata, key if key in package.REQUIRED_KEYS else key.lower(): value}
    assert any(finding in line for line in package._check_metadata(spoilt, names))


def test_an_executable_bit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(package.PackageError, match="executable bit"):
        package.check_plugin(write_zip(tmp_path / "x.zip", {"cscl_qgis/a.py": b""}, 0o755))


def test_installing_replaces_an_older_plugin(plugin: Path, tmp_path: Path) -> None:
    old = tmp_path / "python" / "plugins" / "cscl_qgis"
    old.mkdir(parents=True)
    (old / "stale.py").write_text("")
    assert package.install(tmp_path, plugin, None) == old
    assert not (old / "stale.py").exists()
    assert (old / "metadata.txt").is_file()


def test_a_linked_checkout_is_not_replaced(plugin: Path, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "python" / "plugins").mkdir(parents=True)
    (tmp_path / "python" / "plugins" / "cscl_qgis").symlink_to(tmp_path / "sources")
    with pytest.raises(package.PackageError, match="is a link"):
        package.install(tmp_path, plugin, None)


def test_the_installed_plugin_uses_its_own_engine_even_if_another_backend_is_first(unpacked: Path) -> None:
    """A second plugin with a top-level 'backend' must neither be used nor disturbed."""
    (unpacked / "backend").mkdir(exist_ok=True)
    (unpacked / "backend" / "__init__.py").write_text("raise RuntimeError('the wrong backend')\n")
    code = (
        "import sys, json; import cscl_qgis._engine as e, cscl_qgis.runner, cscl_qgis.environment, cscl_qgis.models;"
        "print(json.dumps([e.protocol.__name__, str(e.ENGINE_DIR), 'backend' in sys.modules]))"
    )
    name, folder, has_top_level = json.loads(run_python(unpacked, code))
    assert name == "cscl_qgis._bundle.backend.protocol"
    assert Path(folder) == (unpacked / "cscl_qgis" / "_bundle").resolve()
    assert not has_top_level


def test_a_broken_bundle_is_not_masked_by_another_backend(unpacked: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    (folder / "cscl_qgis" / "_bundle").mkdir(parents=True)
    (folder / "backend").symlink_to(unpacked / "cscl_qgis" / "_bundle" / "backend")
    for name in ("__init__.py", "_engine.py"):
        (folder / "cscl_qgis" / name).write_text((unpacked / "cscl_qgis" / name).read_text(encoding="utf-8"))
    with pytest.raises(AssertionError, match="_bundle"):
        run_python(folder, "import cscl_qgis._engine")


@pytest.mark.parametrize(
    "module",
    [
        "environment",
        "runner",
        "worker_end",
        "models",
        "help",
        "child",
        "training_python",
        "dataset_config",
    ],
)
def test_these_modules_need_no_qgis_and_no_package(unpacked: Path, module: str) -> None:
    heavy = ("qgis", "PyQt5", "PyQt6", "osgeo", "numpy", "rasterio", "onnxruntime", "torch")
    code = f"import sys, cscl_qgis.{module}; print([name for name in {heavy!r} if name in sys.modules])"
    assert run_python(unpacked, code) == "[]"


def test_the_bundled_engine_runs_from_its_folder(unpacked: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "backend", "--version"],
        cwd=unpacked / "cscl_qgis" / "_bundle",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == package.version()


def test_the_bundle_knows_the_class_tables_it_carries(unpacked: Path) -> None:
    tables = run_python(unpacked, "import cscl_qgis.dataset_config as c; print(*c.shipped_tables())").split()
    assert {"eurocrops_hcat", "legend_names"} <= set(tables)


def test_the_bundled_training_runs_from_its_folder(unpacked: Path, tmp_path: Path) -> None:
    pytest.importorskip("pydantic")
    command = ["dataset", "--config", str(tmp_path / "none.yaml"), "--data", str(tmp_path), "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "training.train", *command, "--events"],
        cwd=unpacked / "cscl_qgis" / "_bundle",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["event"], done.returncode) == ("error", 2), done.stderr
    assert "There is no configuration" in last["message"]


def test_models_travel_in_a_zip_and_are_installed_from_it(
    models_zip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "models_dir", lambda: tmp_path / "models")
    monkeypatch.setattr(models, "ENGINE_DIR", tmp_path / "nothing")
    monkeypatch.delenv("CSCL_MODELS", raising=False)
    assert [model.title for model in models.install_zip(models_zip)] == ["tiny 0.0.1"]
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["tiny.json", "tiny.onnx"]
    assert models.default_model().path == tmp_path / "models" / "tiny.onnx"


def with_checkpoint(model: Path) -> Path:
    """Let a model's card name a checkpoint beside it."""
    checkpoint = model.with_suffix(".pt")
    checkpoint.write_bytes(b"weights")
    card = model_card.read_card(model)
    card = replace(card, checkpoint=checkpoint.name, checkpoint_sha256=model_card.file_sha256(checkpoint))
    model_card.card_path(model).write_text(card.to_json(), encoding="utf-8")
    return checkpoint


def test_a_checkpoint_travels_with_its_model(tmp_path: Path) -> None:
    tiny_model.write_tiny_model(tmp_path / "tiny.onnx")
    checkpoint = with_checkpoint(tmp_path / "tiny.onnx")
    path = package.build_models(tmp_path / "dist", [tmp_path / "tiny.onnx"])
    models.install(path, tmp_path / "zip")
    models.install(tmp_path / "tiny.onnx", tmp_path / "file")
    for folder in ("zip", "file"):
        assert (tmp_path / folder / "tiny.pt").read_bytes() == b"weights"
    checkpoint.unlink()
    models.install(tmp_path / "tiny.onnx", tmp_path / "without")  # the engine does not need it
    assert not (tmp_path / "without" / "tiny.pt").exists()
    with pytest.raises(package.PackageError, match=r"tiny\.pt is missing"):
        package.build_models(tmp_path / "dist", [tmp_path / "tiny.onnx"])


@pytest.mark.parametrize(
    ("name", "told"), [("tiny.pt", r"tiny\.pt is not the file that the card"), ("other.pt", "belongs to no model")]
)
def test_a_checkpoint_that_no_card_describes_is_refused(tmp_path: Path, name: str, told: str) -> None:
    tiny_model.write_tiny_model(tmp_path / "tiny.onnx")
    with_checkpoint(tmp_path / "tiny.onnx")
    content: dict[str, str | bytes] = {item: (tmp_path / item).read_bytes() for item in ("tiny.onnx", "tiny.json")}
    path = write_zip(tmp_path / "models.zip", {**content, name: b"other weights"})
    with pytest.raises(errors.DamagedFileError, match=told):
        models.install_zip(path, tmp_path / "models")
    assert not any((tmp_path / "models").iterdir())


def test_an_onnx_file_is_installed_with_its_card_only(tmp_path: Path) -> None:
    tiny_model.write_tiny_model(tmp_path / "tiny.onnx")
    assert models.install(tmp_path / "tiny.onnx", tmp_path / "models")[0].path.is_file()
    (tmp_path / "tiny.json").unlink()
    with pytest.raises(errors.InputError, match=r"its model card tiny\.json does not lie beside it"):
        models.install(tmp_path / "tiny.onnx", tmp_path / "other")


@pytest.mark.parametrize("name", ["../evil.json", "/evil.json", "a/b.onnx", "..\\evil.json", "run.py", ".hidden.json"])
def test_other_names_in_a_models_zip_are_refused(tmp_path: Path, name: str) -> None:
    path = write_zip(tmp_path / "models.zip", {name: b"{}"})
    with pytest.raises(errors.DamagedFileError, match="expected only"):
        models.install_zip(path, tmp_path / "models")
    assert not any((tmp_path / "models").iterdir())


def test_a_model_that_is_not_the_one_its_card_describes_is_refused(models_zip: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(models_zip) as archive:
        content: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    content["tiny.onnx"] = bytes(content["tiny.onnx"])[:-1] + b"!"
    with pytest.raises(errors.DamagedFileError, match="sha256 differs"):
        models.install_zip(write_zip(tmp_path / "changed.zip", content), tmp_path / "models")
    assert not any((tmp_path / "models").iterdir())


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models.zip").write_bytes(b"<html>Sign in to your proxy</html>")
    with pytest.raises(errors.DamagedFileError, match="not a readable zip"):
        models.install(tmp_path / "models.zip", tmp_path / "models")


def test_the_newest_version_is_the_default_and_a_damaged_card_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stem, version in (("a", "0.9.0"), ("b", "0.10.0"), ("c", "0.2.0")):
        card = tiny_model.write_tiny_model(tmp_path / f"{stem}.onnx")
        text = card.to_json().replace('"version": "0.0.1"', f'"version": "{version}"')
        (tmp_path / f"{stem}.json").write_text(text, encoding="utf-8")
    (tmp_path / "d.onnx").write_bytes(b"")
    (tmp_path / "d.json").write_text("{}", encoding="utf-8")
    monkeypatch.setenv("CSCL_MODELS", str(tmp_path))
    monkeypatch.setattr(models, "models_dir", lambda: tmp_path / "none")
    assert [model.card.version for model in models.installed_models()][:3] == ["0.10.0", "0.9.0", "0.2.0"]
    assert models.default_model().path.name == "b.onnx"


def write_model(path: Path, version: str, changed: int) -> None:
    """A model of this name and version, last changed so many seconds after some day."""
    card = tiny_model.write_tiny_model(path)
    path.with_suffix(".json").write_text(replace(card, version=version).to_json(), encoding="utf-8")
    os.utime(path, (1_500_000_000 + changed,) * 2)


def test_of_equal_versions_one_s_own_model_comes_first_and_the_newest_file_of_these(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "models"
    monkeypatch.setattr(models, "models_dir", lambda: mine)
    monkeypatch.setattr(models, "ENGINE_DIR", tmp_path)  # its resources/models is that of a checkout
    monkeypatch.delenv("CSCL_MODELS", raising=False)
    for folder in (mine, tmp_path / "resources" / "models"):
        folder.mkdir(parents=True)
    write_model(tmp_path / "resources" / "models" / "cscl_default.onnx", "0.1.0", 9)
    write_model(mine / "cscl_default.onnx", "0.1.0", 8)
    write_model(mine / "a.onnx", "0.1.0", 1)
    write_model(mine / "b.onnx", "0.1.0", 2)
    write_model(mine / "old.onnx", "0.0.9", 7)
    assert [model.path.relative_to(tmp_path).as_posix() for model in models.installed_models()] == [
        "models/b.onnx",
        "models/a.onnx",
        "resources/models/cscl_default.onnx",
        "models/cscl_default.onnx",
        "models/old.onnx",
    ]
    write_model(mine / "cscl_default.onnx", "0.2.0", 0)
    assert models.default_model().title == "cscl_default 0.2.0", "the highest version is first, whosever it is"


def test_models_in_folders_that_are_named_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [tmp_path / name for name in ("second", "first", "models")]
    for number, folder in enumerate(folders):
        folder.mkdir()
        write_model(folder / "tiny.onnx", f"0.{number}.0", number)
    monkeypatch.setattr(models, "models_dir", lambda: folders[2])
    monkeypatch.setattr(models, "ENGINE_DIR", tmp_path / "nothing")
    monkeypatch.setenv("CSCL_MODELS", os.pathsep.join(map(str, (folders[1], folders[0]))))
    assert [model.path.parent.name for model in models.installed_models()] == ["first", "second", "models"]


def test_the_models_that_come_with_the_plugin_are_known() -> None:
    names = {model_card.read_card(path).name for path in (ROOT / "resources" / "models").glob("*.onnx")}
    assert names == set(models.SHIPPED)


def test_training_starts_from_a_model_that_comes_with_the_plugin(tmp_path: Path) -> None:
    tiny_model.write_tiny_model(tmp_path / "mine.onnx")
    tiny_model.write_tiny_model(tmp_path / "cscl_default.onnx")
    mine, shipped = (models.read_model(tmp_path / f"{name}.onnx") for name in ("mine", "cscl_default"))
    assert training_config.first_start([mine, shipped]) is shipped  # one's own may have seen the test parcels
    assert training_config.first_start([mine]) is mine
    assert training_config.first_start([]) is None


def test_without_a_model_the_cure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "model_dirs", lambda: [tmp_path])
    with pytest.raises(errors.ModelError, match="No model is installed") as caught:
        models.default_model()
    assert "Install a model" in caught.value.hint
