#!/usr/bin/env bash
# Write resources/locks: for each system and version of Python, every package of an environment with its hashes.
#
#   bash scripts/lock.sh
#
# To be run whenever a file resources/requirements-{mapping,mapping-gpu,training}.txt changes; a test holds them together.
# Files that fit their packages already are kept. PyTorch is left out: on Linux it comes from an index of its own, and is
# installed first and alone; so the packages for training must all be named, and what they need is not looked up.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools/venv"
"$tools/venv/bin/pip" install -q "uv>=0.9,<1"     # 1 may change what it writes
export MACOSX_DEPLOYMENT_TARGET=14.0              # ONNX Runtime's wheels ask for it

# lock PROFILE TARGET UV_PLATFORM PYTHON_VERSION
lock() {
  local pins=resources/requirements-$1.txt out=resources/locks/$1-$2-$4.txt
  local sum deps=()
  sum="# sha256:$(tr -d '\r' < "$pins" | sha256sum | cut -d' ' -f1)"
  [ -f "$out" ] && [ "$(sed -n 2p "$out")" = "$sum" ] && return 0
  [ "$1" = training ] && deps=(--no-deps)
  {
    echo "# Written by scripts/lock.sh from $(basename "$pins"); do not edit."
    echo "$sum"
    "$tools/venv/bin/uv" pip compile -q --generate-hashes --no-header --no-annotate --only-binary :all: \
      --python-platform "$3" --python-version "$4" "${deps[@]}" "$pins"
  } > "$tools/lock.txt"
  mv "$tools/lock.txt" "$out"
  echo "$out"
}

mkdir -p resources/locks
for version in 3.10 3.11 3.12 3.13 3.14; do
  for profile in mapping mapping-gpu training; do
    case $profile-$version in training-3.10 | training-3.14 | mapping-gpu-3.14) continue ;; esac
    lock "$profile" linux-x86_64 x86_64-manylinux_2_28 "$version"
    lock "$profile" windows-x86_64 windows "$version"
    [ "$profile" = mapping-gpu ] || lock "$profile" macos-aarch64 aarch64-apple-darwin "$version"
  done
done
