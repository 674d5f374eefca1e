"""Kill -9 at random moments: finished blocks stay, final names hold whole files, the end is the same to the byte."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import scenes

from backend.protocol import MapRequest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
from kill_runs import Outcome, kill_runs  # noqa: E402

KILLS = 10
CROPS = np.kron(scenes.CROPS[4:14, 6:18], np.ones((4, 4), np.uint8))
"""40 x 48 pixels of wheat, maize and none."""
MANY_BLOCKS = """
import sys

sys.path.insert(0, {root!r})
from backend import map_preparation, plan_memory
from backend.cli import main
from backend.tiling import Chunks

plan_memory.CORES, plan_memory.BLOCK_CELLS = (8,), 8
map_preparation.image_chunks = lambda *_: Chunks(8, 8)
sys.exit(main(["run", sys.argv[1]]))
"""
"""The worker with a block for each core of 8 pixels."""


@pytest.mark.skipif(os.name != "posix", reason="a kill that cannot be caught")
def test_runs_that_are_killed_at_random_and_gone_on_with_end_with_the_same_bytes(model: Path, tmp_path: Path) -> None:
    for day in scenes.DAYS:
        scenes.write_date(tmp_path / "in", day, CROPS)
    (tmp_path / "worker.py").write_text(MANY_BLOCKS.format(root=str(ROOT)))
    request = MapRequest((str(tmp_path / "in"),), str(model), str(tmp_path / "out"), threads=1, probabilities="fine")
    outcome: Outcome = kill_runs(request, tmp_path / "work", KILLS, 0, (str(tmp_path / "worker.py"),))
    assert outcome.failures == ()
    assert outcome.kills == KILLS
    assert outcome.whole_runs > 0
    assert outcome.kept_blocks > 0
