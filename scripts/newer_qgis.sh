#!/usr/bin/env bash
# Run the tests in QGIS in a newer QGIS than this computer's: in a chroot, by hand, as root on Debian; about ten minutes
# and 3 GB of disk.
#
#   bash scripts/newer_qgis.sh trixie DIR      QGIS 3.40, Python 3.13
#   bash scripts/newer_qgis.sh forky DIR       QGIS 3.44, Python 3.14
#
#   FIRST_MAP=DATA bash scripts/newer_qgis.sh trixie DIR
#                                              from an empty profile to the first map instead (scripts/first_map.py); DATA
#                                              holds SAFE/ and parcels*.gpkg; the pictures are in DIR/pictures
#
# DIR becomes the chroot; an existing one is used again. Packages come from where this computer's apt and pip get theirs.
# Tests that build data sets or train are left out: they take the packages for training, which are not installed there.
set -euo pipefail
suite=$1
mkdir -p "$2"
root=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")/.." && pwd)

mirror() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    awk '/^deb /{for (i = 2; i <= NF; i++) if ($i ~ /^https?:/) {print $i; exit}} /^URIs:/{print $2; exit}'
}

# inside COMMAND...: run in the chroot, with nothing of this computer's environment but pip's settings
inside() {
  local settings=(PIP_CERT=/etc/ssl/certs/ca-certificates.crt)
  for name in PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST; do
    [ -n "${!name:-}" ] && settings+=("$name=${!name}")
  done
  chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    QT_QPA_PLATFORM=offscreen XDG_RUNTIME_DIR=/run/test "${settings[@]}" "$@"
}

if [ ! -e "$root/usr/bin/qgis" ]; then
  command -v mmdebstrap >/dev/null || apt-get install -y -q --no-install-recommends mmdebstrap
  mmdebstrap --variant=minbase --mode=root --aptopt='Acquire::Check-Valid-Until "false"' \
    --include=ca-certificates,qgis,python3-qgis,python3-venv "$suite" "$root" "$(mirror)"
fi
if [ ! -e "$root/made" ]; then
  for file in /etc/resolv.conf /etc/pip.conf /root/.config/pip/pip.conf /etc/ssl/certs/ca-certificates.crt; do
    [ -e "$file" ] && mkdir -p "$root$(dirname "$file")" && cp -L "$file" "$root$file"
  done
  mkdir -p "$root/run/test" "$root/tmp"
  chmod 700 "$root/run/test"
  [ -e "$root/dev/null" ] || mknod -m 666 "$root/dev/null" c 1 3
  [ -e "$root/dev/urandom" ] || mknod -m 666 "$root/dev/urandom" c 1 9
  inside python3 -m venv --clear --system-site-packages /tests
  inside /tests/bin/pip install -q pytest==9.2.0 pytest-qt==4.5.0 pytest-qgis==5.0.2
  touch "$root/made"
fi

rm -rf "$root/source"
mkdir "$root/source"
git -C "$here" archive HEAD | tar -x -C "$root/source"
if [ -n "${FIRST_MAP:-}" ]; then
  if [ ! -e "$root/usr/bin/xvfb-run" ]; then
    inside apt-get -o Acquire::Check-Valid-Until=false update -q
    inside apt-get install -y -q --no-install-recommends xvfb xauth
  fi
  rm -rf "$root/data" "$root/pictures"
  cp -r "$FIRST_MAP" "$root/data"
  # Debian's own Python has no pip
  compgen -G "$root/wheels/*.whl" >/dev/null || inside bash -c 'cd /source && /tests/bin/python cscl_qgis/set_up.py wheels /wheels \
    --system linux --version "$(/tests/bin/python -c "import sys; print(f\"3.{sys.version_info.minor}\")")"'
  inside bash -c 'cd /source && python3 scripts/first_map.py --series /data/SAFE --parcels /data/parcels*.gpkg \
    --pictures /pictures --wheels /wheels'
  exit
fi
if [ ! -e "$root/engine/made" ]; then
  inside python3 -m venv --clear /engine
  inside /engine/bin/pip install -q -r /source/resources/requirements-mapping.txt onnx
  touch "$root/engine/made"
fi
inside bash -c 'qgis --version 2>/dev/null || qgis_process --version 2>/dev/null | head -2; python3 --version'
inside env CSCL_PYTHON=/engine/bin/python \
  bash -c 'cd /source && /tests/bin/python -m pytest tests/qgis --confcutdir=tests/qgis -q -p no:cacheprovider \
    -m "not torch" "$@"' pytest "${@:3}"
