"""The window 'Models': cards, a model added, one refused with the engine's reason, one removed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("qgis")
from qgis.PyQt.QtWidgets import QMessageBox

pytestmark = pytest.mark.qgis

WAIT_MS = 60_000


@pytest.fixture
def dialog(
    qgis_iface: Any, engine_python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> Iterator[Any]:
    """The window, with no model but those that the test adds."""
    from cscl_qgis import models
    from cscl_qgis.dialog.models_dialog import ModelsDialog

    monkeypatch.setenv("CSCL_PYTHON", str(engine_python))
    monkeypatch.delenv("CSCL_MODELS", raising=False)
    monkeypatch.setattr(models, "data_dir", lambda: tmp_path / "data")
    monkeypatch.setattr(models, "ENGINE_DIR", tmp_path / "nothing")
    window = ModelsDialog()
    qtbot.addWidget(window)
    yield window
    window.reject()


def test_a_model_is_added_verified_and_removed(
    dialog: Any, qtbot: Any, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Install a model" in dialog.card.toPlainText()
    assert not dialog.verify_button.isEnabled()
    with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS) as ended:
        dialog.install([model])
    assert ended.args == [True], dialog.note.text()
    assert dialog.list.count() == 1
    text = dialog.card.toPlainText()
    assert "B8A" in text
    assert "sha256" in text
    with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS):
        dialog.verify_button.click()
    assert dialog.note.text().startswith("runs on cpu")
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    dialog.remove.click()
    assert dialog.list.count() == 0


def test_a_file_that_is_not_the_card_s_is_refused(dialog: Any, qtbot: Any, model: Path, tmp_path: Path) -> None:
    for end in (".onnx", ".json"):
        shutil.copy(model.with_suffix(end), tmp_path / f"other{end}")
    with (tmp_path / "other.onnx").open("ab") as stream:
        stream.write(b"x")
    with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS) as ended:
        dialog.install([tmp_path / "other.onnx"])
    assert ended.args == [False]
    assert "is not the file that its card describes" in dialog.note.text()
    assert dialog.list.count() == 0


def test_a_model_that_the_engine_cannot_run_is_refused_with_the_reason(
    dialog: Any, qtbot: Any, model: Path, tmp_path: Path
) -> None:
    import hashlib

    (tmp_path / "bad.onnx").write_bytes(b"this is no model")
    card = json.loads(model.with_suffix(".json").read_text())
    text = json.dumps(card)
    old = hashlib.sha256(model.read_bytes()).hexdigest()
    new = hashlib.sha256(b"this is no model").hexdigest()
    assert old in text
    (tmp_path / "bad.json").write_text(text.replace(old, new))
    with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS) as ended:
        dialog.install([tmp_path / "bad.onnx"])
    assert ended.args == [False]
    assert "The engine refuses bad.onnx" in dialog.note.text()
    assert dialog.list.count() == 0


def test_a_zip_that_is_encrypted_is_a_sentence(dialog: Any, qtbot: Any, tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "locked.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.onnx", b"x")
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag 'encrypted' of the file's own header
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and of the list of files
    path.write_bytes(bytes(content))
    with qtbot.waitSignal(dialog.ended, timeout=WAIT_MS) as ended:
        dialog.install([path])
    assert ended.args == [False]
    assert "not a readable zip file" in dialog.note.text()


def test_a_damaged_model_is_shown_with_the_reason_and_can_be_removed(
    dialog: Any, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cscl_qgis import models

    models.models_dir().mkdir(parents=True)
    for end in (".onnx", ".json"):
        shutil.copy(model.with_suffix(end), models.models_dir())
    shutil.copy(model, models.models_dir() / "zz no card.onnx")
    shutil.copy(model, models.models_dir() / "zz torn.onnx")
    (models.models_dir() / "zz torn.json").write_text('{"type": "Feature"')
    dialog.reload()
    assert [dialog.list.item(row).text() for row in range(3)][1:] == [
        "zz no card.onnx (cannot be used)", "zz torn.onnx (cannot be used)",
    ]  # fmt: skip
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    for reason in ("zz no card.json does not lie beside it", "zz torn.json"):
        dialog.list.setCurrentRow(1)
        assert reason in dialog.card.toPlainText()
        assert not dialog.verify_button.isEnabled()
        dialog.remove.click()
    assert [path.suffix for path in sorted(models.models_dir().iterdir())] == [".json", ".onnx"]
    assert dialog.list.count() == 1
    assert dialog.chosen is not None


def test_a_model_that_cannot_be_removed_is_a_sentence(
    dialog: Any, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cscl_qgis import models

    models.models_dir().mkdir(parents=True)
    for end in (".onnx", ".json"):
        shutil.copy(model.with_suffix(end), models.models_dir())
    dialog.reload()

    def refuse(_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(models, "remove", refuse)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    dialog.remove.click()
    assert "cannot be removed: Permission denied" in dialog.note.text()
    assert dialog.list.count() == 1


def test_the_page_of_a_map_adds_a_model_by_a_task(map_dialog: Any, qtbot: Any, model: Path, tmp_path: Path) -> None:
    for end in (".onnx", ".json"):
        shutil.copy(model.with_suffix(end), tmp_path / f"again{end}")
    (tmp_path / "bad.onnx").write_bytes(b"this is no model")
    with qtbot.waitSignal(map_dialog.model.added, timeout=WAIT_MS) as added:
        map_dialog.model.install(tmp_path / "bad.onnx")
        assert not map_dialog.model.add.isEnabled()
    assert added.args == [False]
    assert "does not lie beside it" in map_dialog.model.fit.text()
    assert map_dialog.model.add.isEnabled()
    with qtbot.waitSignal(map_dialog.model.added, timeout=WAIT_MS) as added:
        map_dialog.model.install(tmp_path / "again.onnx")
    assert added.args == [True], map_dialog.model.fit.text()
    assert map_dialog.model.model.path.name == "again.onnx"


def test_a_card_that_may_not_be_read_keeps_no_other_model_from_the_list(
    dialog: Any, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cscl_qgis import models

    models.models_dir().mkdir(parents=True)
    for name in ("closed", "open"):
        for end in (".onnx", ".json"):
            shutil.copy(model.with_suffix(end), models.models_dir() / f"{name}{end}")
    read = models.model_card.read_card

    def refuse(path: Path) -> Any:
        if path.name == "closed.onnx":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(models.model_card, "read_card", refuse)
    dialog.reload()
    assert [model.path.name for model in dialog._models] == ["open.onnx"]
