"""The documents: links that lead somewhere, in the zip too, and sentences that the code must bear out."""

from __future__ import annotations

import importlib.util
import posixpath
import re
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
import tiny_model

from backend.card_item import read_item
from backend.model_card import card_path, read_card
from backend.model_check import check_model
from cscl_qgis import help as documents
from cscl_qgis.environment import MAPPING, MAPPING_GPU, PROFILES, TRAINING, Profile

ROOT = Path(__file__).resolve().parents[1]
BUNDLE = "cscl_qgis/_bundle/"
FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def load_package_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("package", ROOT / "scripts" / "package.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Names in the zip below the bundle, and the text of those that are Markdown."""
    path = load_package_script().build_plugin(tmp_path_factory.mktemp("dist"))
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith(BUNDLE)]
        return {
            name.removeprefix(BUNDLE): archive.read(name).decode("utf-8") if name.endswith(".md") else ""
            for name in names
        }


def anchors(text: str) -> set[str]:
    """What links may call the headings of a page."""
    headings = re.findall(r"^#+ +(.+?)\s*$", FENCED.sub("", text), re.MULTILINE)
    return {documents.heading_anchor(heading) for heading in headings}


def links(text: str, mark: str) -> list[tuple[str, str]]:
    """Targets of the links (mark "") or pictures (mark "!") of a page, as path and anchor; no web addresses."""
    found = re.findall(rf"(?<!!){mark}\[[^\]]*\]\(([^)\s]+)\)", FENCED.sub("", text))
    return [(target.partition("#")[0], target.partition("#")[2]) for target in found if ":" not in target]


def test_every_link_of_a_shipped_page_resolves_in_the_zip(shipped: dict[str, str]) -> None:
    pages = {name: text for name, text in shipped.items() if name.endswith(".md")}
    assert set(documents.PAGES) <= set(pages)
    folders = {parent for name in shipped for parent in map(str, Path(name).parents)}
    seen, lost = 0, []
    for page, text in pages.items():
        for path, anchor in links(text, ""):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
            seen += 1
            if target not in shipped and target not in folders:
                lost.append(f"{page}: {target}")
            elif anchor and anchor not in anchors(pages[target]):
                lost.append(f"{page}: {target}#{anchor}")
    assert seen > 40
    assert not lost


def test_pictures_of_shipped_pages_are_there_but_for_the_large_ones(shipped: dict[str, str]) -> None:
    limit = load_package_script().PICTURE_LIMIT
    carried = 0
    for page, text in shipped.items():
        for path, _ in links(text, "!"):
            name = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
            assert (name in shipped) == ((ROOT / name).stat().st_size <= limit), name
            carried += name in shipped
    assert carried > 5


def test_pictures_that_are_missing_are_taken_out_of_a_page(tmp_path: Path) -> None:
    (tmp_path / "there.png").write_bytes(b"")
    text = "a ![x](there.png) b ![y z](images/gone.png) c [link](gone.md)"
    assert documents.without_missing_pictures(text, tmp_path) == "a ![x](there.png) b  c [link](gone.md)"


def span(profile: Profile, word: str = "to") -> str:
    oldest, newest = (".".join(map(str, version)) for version in (profile.oldest, profile.newest))
    return f"{oldest} {word} {newest}"


def test_the_versions_of_python_that_are_told_are_those_that_are_taken() -> None:
    guide = (ROOT / "docs" / "user_guide.md").read_text(encoding="utf-8")
    told = f"Maps need Python {span(MAPPING)}, maps on the graphics card {span(MAPPING_GPU)}, training {span(TRAINING)}"
    assert told in " ".join(guide.split())
    assert f"You need Python {span(MAPPING)} (training: {span(TRAINING)})" in " ".join(guide.split())
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"from {span(MAPPING)} will do, for training {span(TRAINING)}" in readme
    builders = (ROOT / "docs" / "model_builders_guide.md").read_text(encoding="utf-8")
    assert f"Training needs Python {span(TRAINING)}." in builders
    form = (ROOT / "cscl_qgis" / "processing" / "setup_engine.py").read_text(encoding="utf-8")
    assert f"{span(MAPPING)} (for mapping-gpu {span(MAPPING_GPU)}, for training {span(TRAINING)})" in form


def test_the_sizes_of_the_environments_that_are_told_are_those_that_are_reckoned_with() -> None:
    metadata = (ROOT / "metadata.txt").read_text(encoding="utf-8")
    guide = " ".join((ROOT / "docs" / "user_guide.md").read_text(encoding="utf-8").split())
    assert f"about {MAPPING.disk_mb / 1000:.1f} GB)" in metadata
    assert f"(about {MAPPING.disk_mb / 1000:.1f} GB; {TRAINING.disk_mb / 1000:.1f} GB with what" in guide


def test_only_pytorch_is_without_a_hash_and_only_where_the_guide_says_so() -> None:
    assert [profile.name for profile in PROFILES.values() if profile.needs_torch] == ["training"]
    for profile in PROFILES.values():
        assert set(profile.systems) <= {"linux-x86_64", "windows-x86_64", "macos-aarch64"}


def guide_keys() -> list[str]:
    """Keys of the table of the card in the model builder's guide, without the one that only some models have."""
    text = (ROOT / "docs" / "model_builders_guide.md").read_text(encoding="utf-8")
    table = text.partition("What the engine needs of it:")[2].partition("All other keys may be left out")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [key for cell in cells for key in re.findall(r"`([a-z:_]+)`", cell) if key != "cscl:head_reach"]


def test_a_card_needs_what_the_guide_lists_and_nothing_else(tmp_path: Path) -> None:
    item = tiny_model.write_tiny_model(tmp_path / "tiny.onnx").to_item()
    needed = set(guide_keys()) - {"cscl:sha256", "model"}
    assert len(needed) > 15
    properties = {key: value for key, value in item["properties"].items() if key in needed}
    least = {**item, "properties": properties}
    read_item(least)
    for key in needed:
        without = {name: value for name, value in least.items() if name != key}
        without["properties"] = {name: value for name, value in properties.items() if name != key}
        with pytest.raises(KeyError):
            read_item(without)
    with pytest.raises(KeyError):
        read_item({**least, "assets": {"model": {}}})


def test_the_card_that_the_guide_writes_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "model_builders_guide.md").read_text(encoding="utf-8")
    code = text.partition("**For a network of your own**")[2].partition("```python\n")[2].partition("```")[0]
    made = tiny_model.write_tiny_model(tmp_path / "mine.onnx", classes=2, magnification=1)
    card_path(tmp_path / "mine.onnx").unlink()
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "guide", "exec"), {})  # it is ours
    card = read_card(tmp_path / "mine.onnx")
    assert card is not None
    assert (card.name, card.magnification, len(card.bands)) == ("mine", 1, 4)
    assert made.bands != card.bands
    with pytest.raises(Exception, match="takes 10 bands, its card lists 4"):
        check_model(tmp_path / "mine.onnx", "cpu")
