"""Make resources/sample: one small simulated scene that the guides, the tests and a first run use. Needs no data.

python scripts/make_sample.py            writes resources/sample anew
python scripts/make_sample.py --out DIR  writes the same files elsewhere
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from training.simulate import Scene, SceneSettings, simulate_scene, write_scene  # noqa: E402

SAMPLE = SceneSettings(
    seed=41,
    size_px=160,
    dates=13,
    year=2018,
    flavour="mediterranean",
    crops=(
        ("winter_common_soft_wheat", 0.17),
        ("winter_durum_hard_wheat", 0.06),
        ("barley", 0.11),
        ("rapeseed_rape", 0.10),
        ("maize_corn", 0.13),
        ("summer_industrial", 0.12),
        ("legumes", 0.07),
        ("root_vegetables", 0.05),
        ("pasture_meadow_grassland_grass", 0.10),
        ("vineyards_wine_vine_rebland_grapes", 0.09),
    ),
    min_clear=0.45,
)
"""Northern crops under southern calendars: no real region, but ten crops and a vineyard in 1.6 km."""

README = """# Sample scene (SIMULATED)

Not satellite data: made by the project's own simulator, with `python scripts/make_sample.py`, from nothing but the
seed {seed}. Anything that this scene shows about a model says nothing about real fields.

- {dates} Sentinel-2-like acquisitions from {first} to {last}: `S2_L2A_YYYYMMDD_10m.tif` (B02 B03 B04 B08),
  `_20m.tif` (B05 B06 B07 B8A B11 B12) and `_SCL_20m.tif` (scene classification); uint16 = reflectance * 10000,
  0 = no data; {size} x {size} pixels of 10 m; EPSG:32631, at a place that means nothing.
- `parcels.gpkg`: all {parcels} parcels with their crop (`crop`, `class_id`: names and codes of
  resources/classes/legend.csv). The file is complete: what no parcel covers is background.
- `meta.json`: settings, dates, true clear share, registration error of each date.

Some dates are partly cloudy, and the scene classification misses some thin cloud, as the real one does.
Licence: CC0-1.0, see LICENSE.
"""

LICENSE = """The files in this folder are simulated by this project's own program and hold no one else's data.
To the extent possible under law, the project waives all copyright and related rights to them:
Creative Commons CC0 1.0 Universal, https://creativecommons.org/publicdomain/zero/1.0/legalcode
"""


def write_sample(directory: Path) -> Scene:
    """Write the sample into a folder, removing what an older sample left there."""
    directory.mkdir(parents=True, exist_ok=True)
    for pattern in ("S2_L2A_*.tif", "parcels.gpkg", "meta.json"):
        for old in directory.glob(pattern):
            old.unlink()
    scene = simulate_scene(SAMPLE)
    write_scene(scene, directory, truth=False)
    text = README.format(
        seed=SAMPLE.seed,
        dates=len(scene.dates),
        first=scene.dates[0],
        last=scene.dates[-1],
        size=SAMPLE.size_px,
        parcels=len(scene.parcels),
    )
    (directory / "README.md").write_text(text, encoding="utf-8")
    (directory / "LICENSE").write_text(LICENSE, encoding="utf-8")
    return scene


def main() -> None:
    """Write the sample and say how large it is."""
    parser = argparse.ArgumentParser(description="Write the simulated sample scene.")
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "sample")
    directory = parser.parse_args().out
    scene = write_sample(directory)
    size = sum(path.stat().st_size for path in directory.iterdir())
    print(f"{directory}: {len(scene.dates)} dates, {len(scene.parcels)} parcels, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
