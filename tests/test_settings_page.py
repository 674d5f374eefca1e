"""docs/settings.md: it says what the configuration is, of every setting, and its example works."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from training.config import CORRECT, TrainConfig, read_config
from training.config_training import StageConfig

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "scripts" / "settings.py"


def load(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        pytest.fail(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where the source of a class is looked for
    spec.loader.exec_module(module)
    return module


settings = load("settings_script", SCRIPT)


def rows(text: str) -> dict[str, list[str]]:
    """The cells of each setting's row, by its name: kind, default, bounds, meaning."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return {name.strip("`"): rest for name, *rest in cells}


def test_the_page_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_setting_has_a_row_with_a_meaning() -> None:
    told = rows(settings.page())
    for section, places in settings.sections(TrainConfig).items():
        for name in section.model_fields:
            cells = [told[place] for place in (f"{at}.{name}".lstrip(".") for at in places) if place in told]
            assert len(cells) == 1, f"{section.__name__}.{name}"
            assert len(cells[0]) == 4
            assert cells[0][3].endswith(".")


def test_kinds_defaults_and_bounds_are_told_in_words() -> None:
    told = rows(settings.page())
    assert told["training_seed"][:3] == ["whole number", "none", "0 or more, below 4294967296"]
    assert told["augmentation.crop"][:3] == ["whole number", "`48`", "8 or more, a multiple of 4"]
    assert told["hardware.precision"][:3] == ['`"32"`, `bf16` or `auto`', '`"32"`', ""]
    assert told["finetune.steps"][:3] == ["whole number", "required", "above 0"]
    assert told["finetune.loss.lovasz"][:3] == ["number", "`0`", "0 or more"]
    assert told["dataset.sources[].shares.train"][:3] == ["number", "`0.6`", "0 to 1"]
    assert told["card.name"][:3] == ["text", "`cscl_model`", "letters, digits, `_` and `-`"]
    assert "pretrain.steps" not in told


def test_defaults_are_written_as_a_configuration_may_say_them() -> None:
    for place, (_, default, *_) in rows(settings.page()).items():
        if not default.startswith("`"):
            continue
        section = next(kind for kind, at in settings.sections(TrainConfig).items() if place.rpartition(".")[0] in at)
        field = section.model_fields[place.rpartition(".")[2]]
        value: Any = field.get_default(call_default_factory=True)
        if isinstance(value, tuple):
            value = list(value)
        elif hasattr(value, "model_dump"):
            value = value.model_dump()
        assert yaml.safe_load(default.strip("`")) == value, place


def test_links_lead_to_files_and_headings_that_are_there() -> None:
    text = settings.page()
    for file, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", text):
        path = settings.PAGE.parent / file
        assert path.exists(), file
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8") if file else text, re.MULTILINE)
            anchors = [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]
            assert anchors.count(anchor) == 1, f"{file}#{anchor}"


def test_a_changed_default_is_noticed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(StageConfig.model_fields["batch"], "default", 16)
    assert settings.main(["--check"]) == 1
    assert capsys.readouterr().err == (
        "Error: docs/settings.md is not what training/config*.py says; run scripts/settings.py.\n"
    )


def test_a_page_that_is_missing_is_noticed_and_then_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PAGE", tmp_path / "settings.md")
    assert settings.main(["--check"]) == 1
    assert settings.main([]) == 0
    assert settings.main(["--check"]) == 0


SECTION = '''
from pydantic import BaseModel, Field

class Inner(BaseModel):
    """Two numbers."""
    first: float = Field(1.0, ge=0)
    """Of A | B."""
    second: {second}
    {docstring}

class Root(BaseModel):
    """All."""
    inner: Inner = Inner()
'''


def section(folder: Path, second: str, docstring: str = "") -> Any:
    path = folder / "made_up_section.py"
    path.write_text(SECTION.format(second=second, docstring=docstring), encoding="utf-8")
    return load("made_up_section", path).Root


def test_a_setting_without_a_docstring_is_refused(tmp_path: Path) -> None:
    expected = (
        r"The setting inner\.second has no meaning: write a docstring below Inner\.second in made_up_section\.py\."
    )
    for docstring in ("", '"""   """'):
        with pytest.raises(settings.SettingsError, match=expected):
            settings.page(section(tmp_path, "int = 2", docstring))


def test_check_says_which_setting_has_no_docstring(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(settings, "meanings", lambda _: {})
    assert settings.main(["--check"]) == 1
    assert capsys.readouterr().err.startswith("Error: The setting seed has no meaning: ")


def test_a_bar_in_a_docstring_does_not_end_its_cell(tmp_path: Path) -> None:
    text = settings.page(section(tmp_path, "int = 2", '"""Of C."""'))
    assert "| `inner.first` | number | `1` | 0 or more | Of A \\| B. |" in text


def test_kinds_and_bounds_without_words_are_refused(tmp_path: Path) -> None:
    with pytest.raises(settings.SettingsError, match="is a kind of setting without words"):
        settings.page(section(tmp_path, "bytes = b''", '"""Of C."""'))
    with pytest.raises(settings.SettingsError, match=r"no words for the bound \{'max_length': 3\}"):
        settings.page(section(tmp_path, "str = Field('', max_length=3)", '"""Of C."""'))


def test_the_example_is_the_shipped_configuration_of_simulated_scenes(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", settings.page(), re.DOTALL)
    (tmp_path / "example.yaml").write_text(example, encoding="utf-8")
    ours = read_config(tmp_path / "example.yaml")
    shipped = read_config(ROOT / "resources" / "configs" / "simulated.yaml")
    assert ours.model_dump(exclude={"card"}) == shipped.model_dump(exclude={"card"})
    assert ours.card.name == shipped.card.name


def test_what_the_page_says_of_the_shipped_recipe_is_so() -> None:
    shipped = read_config(ROOT / "resources" / "configs" / "languedoc.yaml")
    assert (shipped.augmentation.crop, shipped.augmentation.dates, shipped.augmentation.edge_share) == (40, 10, 0.1)
    assert shipped.pretrain is not None
    assert shipped.finetune is not None
    assert (shipped.pretrain.learning_rate, shipped.finetune.learning_rate) == (0.002, 0.0015)
    assert (shipped.finetune.steps, shipped.finetune.batch, shipped.finetune.cscl_weight) == (8000, 8, 0.5)
    assert (shipped.finetune.loss.boundary_weight, shipped.cscl.target) == (4, "parcel")


def test_a_refused_configuration_names_the_page() -> None:
    (page,) = re.findall(r"docs/\S+\.md", CORRECT)
    assert ROOT / page == settings.PAGE
