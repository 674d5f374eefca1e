"""What a stage is trained on, and in which precision; nothing is trained here."""

from __future__ import annotations

import pytest
import tiny_source

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
from backend.errors import DeviceError, InputError  # noqa: E402
from training.config_training import HardwareConfig  # noqa: E402
from training.hardware import find_hardware  # noqa: E402
from training.stages import stage_fingerprint  # noqa: E402

pytestmark = pytest.mark.torch


def test_more_gpus_than_there_are_and_a_precision_that_one_lacks_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: "Old GPU")
    assert find_hardware(HardwareConfig(devices="auto")).devices == 2
    with pytest.raises(DeviceError, match=r"hardware.devices is 4, but PyTorch sees 2 GPUs here"):
        find_hardware(HardwareConfig(devices=4))
    with pytest.raises(DeviceError, match="bf16, which the GPU Old GPU does not compute"):
        find_hardware(HardwareConfig(precision="bf16"))


def test_automatic_precision_is_what_the_hardware_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    auto = HardwareConfig(precision="auto", accelerator="cpu")
    half = HardwareConfig(precision="bf16", accelerator="cpu")
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True, "avx512_bf16": True, "amx_bf16": False})
    assert (find_hardware(auto).precision, find_hardware(half).is_emulated) == ("bf16", False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True, "avx512_bf16": False})
    assert (find_hardware(auto).precision, find_hardware(auto).is_emulated) == ("32", False)
    assert find_hardware(half).is_emulated
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    for can in (True, False):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True, can=can: can)
        assert find_hardware(HardwareConfig(precision="auto")).precision == ("bf16" if can else "32")


def test_what_is_trained_with_automatic_precision_is_not_lost_on_another_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tiny_source.config(hardware={"precision": "auto", "accelerator": "cpu"})
    digests = set()
    for has in (True, False):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda has=has: {"avx512_bf16": has})
        digests.add(stage_fingerprint(config, "finetune"))
    assert len(digests) == 1


def test_nodes_that_cannot_be_found_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MASTER_ADDR", "TORCHELASTIC_RUN_ID", "SLURM_NTASKS", "LSB_JOBID"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match=r"hardware.nodes is 2, but nothing tells this process"):
        find_hardware(HardwareConfig(nodes=2, accelerator="cpu"))
    monkeypatch.setenv("MASTER_ADDR", "10.0.0.1")
    assert find_hardware(HardwareConfig(nodes=2, devices=4, accelerator="cpu")).world == 8
