"""What a stage is trained on, as Lightning's Trainer takes it; what is not there is said before the first step."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal

import torch
from lightning.pytorch.strategies import DDPStrategy

from backend.errors import DeviceError, InputError
from training.config_training import HardwareConfig
from training.synced_norm import SyncedNorms

NODES_KNOWN_BY = ("MASTER_ADDR", "TORCHELASTIC_RUN_ID", "SLURM_NTASKS", "LSB_JOBID")
"""One of these is set where the processes of other nodes can be found."""


@dataclass(frozen=True)
class Hardware:
    """Processes and their devices."""

    is_gpu: bool
    devices: int
    """Processes of one node."""
    nodes: int
    precision: Literal["32", "bf16"]
    is_emulated: bool = False
    """Whether this processor lacks instructions for the precision, so that it takes longer than single."""

    @property
    def world(self) -> int:
        """Processes of all nodes."""
        return self.devices * self.nodes

    def trainer_options(self) -> dict[str, Any]:
        """Arguments of Lightning's Trainer."""
        options: dict[str, Any] = {
            "accelerator": "gpu" if self.is_gpu else "cpu",
            "devices": self.devices,
            "num_nodes": self.nodes,
            "precision": "bf16-mixed" if self.precision == "bf16" else "32-true",
        }
        if self.world > 1:
            # pre-training leaves the class heads alone; statistics are summed over processes, so buffers are alike
            options["strategy"] = DDPStrategy(find_unused_parameters=True, forward_sync_buffers=False)
            options["plugins"] = [SyncedNorms(self.is_gpu)]
        return options


def num_processes(settings: HardwareConfig) -> int:
    """Processes that train one model together, on all nodes; those that the settings ask for, there or not."""
    if isinstance(settings.devices, int):
        return settings.devices * settings.nodes
    return settings.nodes * (max(1, torch.cuda.device_count()) if settings.accelerator != "cpu" else 1)


def scoring_device(settings: HardwareConfig) -> torch.device:
    """Where trained weights are calibrated and scored: a GPU where training may use one.

    Convolutions there keep their numbers whole until training goes on, as the exported model does: with TF32, which
    PyTorch allows them otherwise, boundaries and thresholds are others.
    """
    if settings.accelerator == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    torch.backends.cudnn.allow_tf32 = False
    return torch.device("cuda")


def used_precision(settings: HardwareConfig) -> Literal["32", "bf16"]:
    """The precision that a stage is trained in: what the settings say or, where that is auto, what is fast here."""
    if settings.precision != "auto":
        return settings.precision
    if settings.accelerator != "cpu" and torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "32"
    return "bf16" if _processor_has_bf16() else "32"


def _processor_has_bf16() -> bool:
    """Whether the processor multiplies bf16: known of x86-64 alone, elsewhere single is the safe answer."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def find_hardware(settings: HardwareConfig) -> Hardware:
    """The hardware that the settings ask for.

    Raises:
        DeviceError: if it is not there.
        InputError: if several nodes are asked for and nothing says where the others are.
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if settings.accelerator == "gpu" and not gpus:
        build = "this PyTorch is built without CUDA" if torch.version.cuda is None else "PyTorch sees none here"
        raise DeviceError(
            f"hardware.accelerator is gpu, but there is no GPU to train on: {build}.",
            "Set hardware.accelerator to cpu or auto, or install PyTorch for your GPU.",
        )
    is_gpu = settings.accelerator != "cpu" and gpus > 0
    devices = num_processes(settings) // settings.nodes
    if is_gpu and devices > gpus:
        raise DeviceError(
            f"hardware.devices is {devices}, but PyTorch sees {gpus} GPU{'s' if gpus > 1 else ''} here.",
            "Set hardware.devices to what is there, or to auto.",
        )
    if is_gpu and settings.precision == "bf16" and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise DeviceError(
            f"hardware.precision is bf16, which the GPU {torch.cuda.get_device_name(0)} does not compute.",
            "Set hardware.precision to 32.",
        )
    if settings.nodes > 1 and not any(os.environ.get(name) for name in NODES_KNOWN_BY):
        raise InputError(
            f"hardware.nodes is {settings.nodes}, but nothing tells this process where the other nodes are.",
            "Start it on every node by torchrun or srun, or with MASTER_ADDR, MASTER_PORT and NODE_RANK set.",
        )
    if is_gpu:
        torch.backends.cudnn.allow_tf32 = True  # scoring that went before in this process has forbidden it
    precision = used_precision(settings)
    is_x86 = "avx2" in torch.cpu.get_capabilities()
    is_emulated = precision == "bf16" and not is_gpu and is_x86 and not _processor_has_bf16()
    return Hardware(is_gpu, devices, settings.nodes, precision, is_emulated)
