#!/usr/bin/env bash
# Map the embedded sample: makes the mapping environment (once; about 0.6 GB, no torch) and runs the default model.
#
#   bash scripts/demo.sh [OUTPUT_FOLDER]
#
# Needs Python 3.10 or newer with venv. The environment is the one the QGIS plugin uses, too.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$PWD/cscl-demo}

base=""
for candidate in python3.12 python3.11 python3.13 python3.10 python3; do
  if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    base=$(command -v "$candidate")
    break
  fi
done
if [ -z "$base" ]; then
  echo "Error: expected Python 3.10 or newer with the module venv, found none." >&2
  echo "On Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2
  exit 2
fi

echo "1. The mapping environment"
python=$("$base" "$root/cscl_qgis/set_up.py" build)
echo "   $python"
echo "2. Mapping the sample (simulated images of 1.6 x 1.6 km)"
# from the repository's root, so that no other folder called backend is taken
mkdir -p "$out"
out=$(cd "$out" && pwd)
(cd "$root" && "$python" -m backend map --series resources/sample --model resources/models/cscl_default.onnx --out "$out")
echo
echo "Layers: $out/crop_type.tif, confidence.tif, boundary.tif (drag them into QGIS)"
echo "Picture: $out/quicklook.png (image | crop types | boundaries)"
