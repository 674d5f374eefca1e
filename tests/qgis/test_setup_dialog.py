"""The window 'Set up': from a local folder of wheels, with progress, cancel, and a report that can be copied."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("qgis")
from qgis.PyQt.QtWidgets import QApplication

pytestmark = pytest.mark.qgis

WAIT_MS = 120_000
NAME, VERSION = "cscl_stand_in", "1.0"


@pytest.fixture
def wheels(engine_python: Path, tmp_path: Path) -> Path:
    """A folder with one small wheel, whose package stands in for the real ones."""
    import zipfile

    folder = tmp_path / "Räder mit Leerzeichen"
    folder.mkdir()
    info = f"{NAME}-{VERSION}.dist-info"
    with zipfile.ZipFile(folder / f"{NAME}-{VERSION}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{NAME}.py", f'__version__ = "{VERSION}"\n')
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return folder


@pytest.fixture
def dialog(
    qgis_iface: Any, tmp_path: Path, engine_python: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> Iterator[Any]:
    """The window, with an environment of one package that is set up from it."""
    from cscl_qgis import environment, environment_build
    from cscl_qgis.dialog.setup_dialog import SetupDialog

    pins = tmp_path / "pins.txt"
    pins.write_text(f"{NAME}=={VERSION}\n")
    monkeypatch.delenv("CSCL_PYTHON", raising=False)
    monkeypatch.setattr(environment, "data_dir", lambda: tmp_path / "data")
    for module in (environment, environment_build):
        monkeypatch.setattr(module, "pins_file", lambda profile=None: pins)
    monkeypatch.setattr(environment_build, "lock_file", lambda target, profile=None: None)
    monkeypatch.setattr(environment, "_PROBE", f"import json, {NAME}\nprint(json.dumps({{'stand_in': '{VERSION}'}}))")
    monkeypatch.setattr(environment_build, "base_candidates", lambda: [Path(sys.executable), engine_python])
    window = SetupDialog()
    qtbot.addWidget(window)
    yield window
    window.cancel()


def test_it_sets_up_from_a_folder_of_wheels_and_says_that_it_is_ready(dialog: Any, qtbot: Any, wheels: Path) -> None:
    from cscl_qgis import environment

    box = dialog.boxes["mapping"]
    assert "not set up yet" in box.text.text()
    dialog.wheels.setFilePath(str(wheels))
    with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS) as ended:
        box.install.click()
        assert dialog.is_busy
        assert not box.isEnabled()
    assert ended.args == [True], dialog.log.toPlainText()
    assert "ready" in box.text.text()
    assert not box.install.isEnabled()
    assert f"stand_in {VERSION}" in dialog.log.toPlainText()
    python = environment.find_python()
    subprocess.run([str(python), "-c", f"import {NAME}"], check=True)


def test_one_that_does_not_load_any_more_may_be_set_up_again_after_a_check(
    dialog: Any, qtbot: Any, wheels: Path, tmp_path: Path
) -> None:
    box = dialog.boxes["mapping"]
    dialog.wheels.setFilePath(str(wheels))
    with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS):
        box.install.click()
    next((tmp_path / "data").rglob(f"{NAME}.py")).unlink()
    with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS) as ended:
        box.check.click()
    assert ended.args == [False]
    with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS) as ended:
        box.install.click()
    assert ended.args == [True], dialog.log.toPlainText()
    assert "It is built anew" in dialog.log.toPlainText()
    assert not box.install.isEnabled()
    assert list((tmp_path / "data").rglob(f"{NAME}.py"))


def test_a_cancelled_set_up_leaves_nothing(dialog: Any, qtbot: Any, wheels: Path, tmp_path: Path) -> None:
    dialog.wheels.setFilePath(str(wheels))
    with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS) as ended:
        dialog.boxes["mapping"].install.click()
        dialog.cancel_button.click()
    assert ended.args == [False]
    assert not list((tmp_path / "data").glob("env-*"))
    assert "not set up yet" in dialog.boxes["mapping"].text.text()


def test_an_empty_folder_of_wheels_is_a_sentence(dialog: Any, qtbot: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    dialog.wheels.setFilePath(str(tmp_path / "empty"))
    with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS) as ended:
        dialog.boxes["mapping"].install.click()
    assert ended.args == [False]
    assert "packages cannot be installed" in dialog.log.toPlainText()
    dialog.copy.click()
    assert "packages cannot be installed" in QApplication.clipboard().text()


def test_a_python_of_one_s_own_is_taken_checked_and_given_back(
    dialog: Any, qtbot: Any, engine_python: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cscl_qgis import environment
    from cscl_qgis.dialog import setup_dialog
    from cscl_qgis.worker_python import worker_python

    monkeypatch.setattr(environment, "_PROBE", "print('{}')")
    monkeypatch.setenv("CSCL_MODELS", str(model.parent))
    monkeypatch.setattr(setup_dialog.QFileDialog, "getOpenFileName", lambda *_: (str(engine_python), ""))
    box = dialog.boxes["mapping"]
    box.own.click()
    try:
        assert worker_python() == engine_python
        with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS) as ended:
            box.check.click()
        assert ended.args == [True], dialog.log.toPlainText()
        assert "onnxruntime" in dialog.report
        assert "device: cpu" in dialog.report
    finally:
        box.own.click()
    assert "not set up yet" in box.text.text()


def test_a_check_of_a_python_that_hangs_can_be_cancelled(
    dialog: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = tmp_path / "python"
    hangs.write_text("#!/bin/sh\nexec sleep 100\n")
    hangs.chmod(0o755)
    monkeypatch.setenv("CSCL_PYTHON", str(hangs))
    box = dialog.boxes["mapping"]
    box.refresh()
    with qtbot.waitSignal(dialog.ended, timeout=10_000) as ended:
        box.check.click()
        dialog.cancel_button.click()
    assert ended.args == [False]
    assert "Cancelled" in dialog.log.toPlainText()


def test_escape_asks_before_a_set_up_is_ended(
    dialog: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cscl_qgis.dialog import setup_dialog

    hangs = tmp_path / "python"
    hangs.write_text("#!/bin/sh\nexec sleep 100\n")
    hangs.chmod(0o755)
    monkeypatch.setenv("CSCL_PYTHON", str(hangs))
    answers = [setup_dialog.QMessageBox.StandardButton.No, setup_dialog.QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(setup_dialog.QMessageBox, "question", lambda *_: answers.pop(0))
    dialog.boxes["mapping"].refresh()
    dialog.show()
    with qtbot.waitSignal(dialog.ended, timeout=10_000):
        dialog.boxes["mapping"].check.click()
        dialog.reject()
        assert dialog.isVisible()
        assert dialog.is_busy
        dialog.reject()
    assert not dialog.isVisible()
    assert answers == []


def test_a_python_of_one_s_own_that_is_gone_is_told(dialog: Any, tmp_path: Path) -> None:
    from cscl_qgis.environment import MAPPING
    from cscl_qgis.worker_python import choose_python

    box = dialog.boxes["mapping"]
    choose_python(MAPPING, str(tmp_path / "gone"))
    try:
        box.refresh()
        assert "there is no such file" in box.text.text()
        assert not box.check.isEnabled()
    finally:
        choose_python(MAPPING, "")


def test_the_graphics_card_is_offered_only_where_one_is_found(
    dialog: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cscl_qgis import setup_task
    from cscl_qgis.dialog.setup_dialog import SetupDialog
    from cscl_qgis.graphics_card import GraphicsCard

    qtbot.waitUntil(lambda: dialog._looking is None, timeout=10_000)
    assert dialog.boxes["mapping-gpu"].isHidden()
    for lack in ("", "The driver of the RTX A2000 is version 470, older than 525: install a newer one."):
        card = GraphicsCard("RTX A2000", "cuda", "535.1", lack)
        monkeypatch.setattr(setup_task, "find_graphics_card", lambda is_cancelled, card=card: card)
        window = SetupDialog()
        qtbot.addWidget(window)
        qtbot.waitUntil(lambda window=window: window._looking is None, timeout=10_000)
        box = window.boxes["mapping-gpu"]
        assert not box.isHidden()
        assert "RTX A2000 (535.1)" in box.text.text()
        assert lack in box.text.text()
        assert box.install.isEnabled() == (not lack)


def test_a_card_that_fails_its_trial_is_told_and_the_ordinary_environment_stays(
    dialog: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch, model: Path, tmp_path: Path
) -> None:
    """Building makes whole environments at once here; the engine then answers as it does without a card."""
    from qgis.PyQt.QtWidgets import QMessageBox

    from cscl_qgis import environment, gpu_environment
    from cscl_qgis.graphics_card import GraphicsCard

    def build(directory: Any, *others: Any) -> Path:
        profile = others[-1]
        python = environment.python_in(directory or environment.default_dir(profile))
        python.parent.mkdir(parents=True)
        python.write_text("")
        marker = {"schema": environment.MARKER_SCHEMA, "lock": environment.pins_hash(profile)}
        environment.write_marker(python.parents[1], marker)
        return python

    card = GraphicsCard("RTX A2000", "cuda", "535.1")
    said = {"facts": {}, "faults": ["The device cuda cannot be used: CUDA failure 35: the driver is too old."]}
    monkeypatch.setenv("CSCL_MODELS", str(model.parent))
    monkeypatch.setattr(gpu_environment, "find_graphics_card", lambda is_cancelled: card)
    monkeypatch.setattr(gpu_environment, "doctor", lambda *_: said)
    monkeypatch.setattr(gpu_environment, "build", build)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    qtbot.waitUntil(lambda: dialog._looking is None, timeout=10_000)
    box = dialog.boxes["mapping-gpu"]
    box.show_card(card)
    with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS) as ended:
        box.install.click()
    assert ended.args == [False]
    assert "CUDA failure 35" in dialog.log.toPlainText()
    assert "The ordinary environment was set up instead" in dialog.log.toPlainText()
    assert "failed its trial" in box.text.text()
    assert box.install.text() == "Try again"
    assert environment.find_python().parents[1].name.startswith("env-")
    with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS) as ended:
        box.remove.click()
    assert ended.args == [True]
    assert [path.name[:4] for path in (tmp_path / "data").iterdir()] == ["env-"]


def test_a_user_folder_that_cannot_be_written_is_a_sentence(
    dialog: Any, qtbot: Any, wheels: Path, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("a file in its place: nothing can be made in it")
    dialog.wheels.setFilePath(str(wheels))
    with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS) as ended:
        dialog.boxes["mapping"].install.click()
    assert ended.args == [False]
    assert str(tmp_path / "data") in dialog.log.toPlainText()
    assert "Traceback" not in dialog.log.toPlainText()
