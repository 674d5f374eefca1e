"""The worker sends nothing to anybody: what its environment says, and what the kernel sees of its sockets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import scenes

ROOT = Path(__file__).resolve().parents[1]
CHILD = ROOT / "tests" / "no_network_child.py"

linux = pytest.mark.skipif(sys.platform != "linux", reason="the filter of system calls is Linux's own")


def run(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """A Python command that may not open a socket."""
    return subprocess.run(
        [sys.executable, CHILD, *arguments], env=os.environ | variables, capture_output=True, text=True, timeout=300
    )


@linux
@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.socket()",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import threading, socket; t = threading.Thread(target=socket.socket); t.start(); t.join()",
        "import ctypes; ctypes.CDLL(None).socket(10, 2, 0)",
        "import rasterio; rasterio.open('/vsicurl/http://127.0.0.1:9/a.tif')",
    ],
)
def test_any_socket_ends_the_process_also_one_of_native_code(code: str) -> None:
    """The filter itself: without this the next tests would prove nothing."""
    assert run("-c", code).returncode == -signal.SIGSYS


@linux
def test_without_a_socket_the_process_goes_on() -> None:
    done = run("-c", "import socket; socket.socketpair(); print('local ones are fine')")
    assert (done.returncode, done.stdout) == (0, "local ones are fine\n")


@linux
def test_a_map_its_table_of_parcels_its_repetition_and_the_check_of_a_model_open_no_socket(
    series: Path, model: Path, tmp_path: Path
) -> None:
    parcels = scenes.write_region(tmp_path / "parcels.gpkg", scenes.box(1, 1, 6, 6))
    out = str(tmp_path / "out")
    made = ["map", "--series", str(series), "--model", str(model), "--out", out, "--parcels", str(parcels)]
    for arguments in (made, ["repeat", out], ["check", str(model)]):
        done = run("-m", "backend", *arguments, ORT_DISABLE_TELEMETRY="0")
        assert done.returncode == 0, f"{arguments[0]}: {done.returncode} {done.stderr}"


def test_the_worker_s_environment_has_telemetry_off_before_the_library_is_loaded(model: Path) -> None:
    """As native code reads it (getenv), when the library starts and while it works, whatever stood there before."""
    code = f"""
import ctypes, pathlib, sys
libc = ctypes.CDLL(None)
libc.getenv.restype = ctypes.c_char_p
seen = []
sys.addaudithook(
    lambda event, arguments: seen.append(libc.getenv(b"ORT_DISABLE_TELEMETRY"))
    if event == "import" and arguments[0].split(".")[0] == "onnxruntime" else None
)
from backend.session import Session
Session(pathlib.Path({str(model)!r}), "cpu")
print(set(seen), libc.getenv(b"ORT_DISABLE_TELEMETRY"))
"""
    variables = os.environ | {"ORT_DISABLE_TELEMETRY": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, timeout=120)
    assert done.stdout == "{b'1'} b'1'\n", done.stderr
