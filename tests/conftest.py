"""What all tests share: where the real data lie, and markers set by what a test uses."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest
import scenes
import tiny_model

hypothesis.settings.register_profile("cscl", deadline=None)  # no test is a timed one
hypothesis.settings.load_profile("cscl")

DATA_VARIABLE = "CSCL_DATA"
REQUIRE_VARIABLE = "CSCL_REQUIRE_DATA"

# tests compare weights and maps bit by bit, which no GPU promises; set it beforehand to try one all the same
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that read real data, so that they can be chosen with -m data."""
    for item in items:
        if "real_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.data)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real series; tests are skipped without it, or fail where it is required."""
    text = os.environ.get(DATA_VARIABLE, "")
    if text and Path(text).is_dir():
        return Path(text).resolve()
    reason = f"the real data are not here: {DATA_VARIABLE} is {text!r}"
    if os.environ.get(REQUIRE_VARIABLE) == "1":
        pytest.fail(f"{reason}, and {REQUIRE_VARIABLE}=1 wants them")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rule-based model: background, winter wheat and maize, four cells a pixel."""
    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    tiny_model.write_tiny_model(path)
    return path


@pytest.fixture(scope="session")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of GeoTIFFs: four dates of 24 x 16 pixels, wheat left, maize right, no parcel below."""
    folder = tmp_path_factory.mktemp("series")
    for day in scenes.DAYS:
        scenes.write_date(folder, day, scenes.CROPS)
    return folder
