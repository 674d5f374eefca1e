"""The worker's Python from a terminal, from any folder: ``python3 cscl_qgis/set_up.py build|check|where|wheels``."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from cscl_qgis.environment_cli import main  # noqa: E402

raise SystemExit(main())
