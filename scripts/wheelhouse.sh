#!/usr/bin/env bash
# Fetch the engine's packages into a folder, for a computer without network.
#
#   bash scripts/wheelhouse.sh FOLDER [--system windows|linux|macos] [--version 3.12] \
#                              [--profile mapping|mapping-gpu|training]
#
# System and version are those of the other computer. Each package but PyTorch is checked against its hash.
set -euo pipefail
exec python3 "$(dirname "$0")/../cscl_qgis/set_up.py" wheels "$@"
