#!/usr/bin/env bash
# All checks and tests. Installs what is missing: Python environments in the checkout, QGIS by apt where it may.
#
#   bash scripts/test.sh
#
#   CSCL_DATA=DIR          real data; the tests that need them are skipped without it
#   CSCL_REQUIRE_DATA=1    fail where the real data are missing
#   CSCL_REQUIRE_QGIS=1    fail where QGIS is missing and cannot be installed
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

has_qgis() { [ -x /usr/bin/qgis_process.bin ] || [ -x /usr/lib/qgis/bin/qgis_process ] || command -v qgis_process >/dev/null; }

# apt_install PACKAGE...: installs Debian packages where this user may; says nothing where not.
apt_install() {
  command -v apt-get >/dev/null || return 0
  local sudo=""
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 0
    sudo="sudo -n"
  fi
  $sudo apt-get update -q
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -q -y --no-install-recommends "$@"
}

install_qgis() {
  has_qgis && command -v xvfb-run >/dev/null || apt_install qgis python3-qgis python3-venv xvfb xauth
}

# find_python: the interpreter of the training environment, 3.11 where there is one.
find_python() {
  local candidate
  for candidate in python3.11 python3 python3.12; do
    if command -v "$candidate" >/dev/null &&
      "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

# The environment in folder $1 is made anew when the lock files named after it have changed.
is_current() { [ -f "$1/.lock" ] && [ "$(cat "${@:2}" | sha256sum)" = "$(cat "$1/.lock")" ]; }
mark_current() { cat "${@:2}" | sha256sum > "$1/.lock"; }

training=(resources/requirements-training.txt resources/requirements-dev.txt)
install_training() {
  is_current .venv "${training[@]}" && return 0
  "$(find_python)" -m venv --clear .venv
  .venv/bin/pip install -q torch==2.13.0   # first: what follows must not choose another build of it
  .venv/bin/pip install -q -r "${training[0]}" -r "${training[1]}"
  mark_current .venv "${training[@]}"
}

install_qgis_tests() {
  is_current .venv-qgis scripts/test.sh && return 0
  # QGIS's own Python, which sees Debian's qgis package; nothing heavy comes in
  /usr/bin/python3 -m venv --clear --system-site-packages .venv-qgis
  .venv-qgis/bin/pip install -q pytest==9.2.0 pytest-qt==4.5.0 pytest-qgis==5.0.2
  mark_current .venv-qgis scripts/test.sh
}

training_tests=(tests/qgis/test_training.py tests/qgis/test_train_dialog.py)
# qgis_tests WHAT...: in a QGIS with settings of its own.
qgis_tests() {
  local own rc=0
  own=$(mktemp -d)
  mkdir -m 700 "$own/runtime" "$own/settings" "$own/data"
  # pictures of the windows, to be looked at
  QT_QPA_PLATFORM=offscreen XDG_RUNTIME_DIR="$own/runtime" XDG_CONFIG_HOME="$own/settings" XDG_DATA_HOME="$own/data" \
    QGIS_CUSTOM_CONFIG_PATH="$own/settings" CSCL_PYTHON="$root/.venv/bin/python" \
    CSCL_SCREENSHOTS="$root/build/screenshots" \
    .venv-qgis/bin/python -m pytest "$@" --confcutdir=tests/qgis -q || rc=$?
  rm -rf "$own"
  return "$rc"
}

echo "== Installing what is missing"
log=$(mktemp)
if ! find_python >/dev/null; then
  apt_install python3 python3-venv >"$log" 2>&1 || { cat "$log"; exit 1; }
  find_python >/dev/null || { echo "Error: expected Python 3.11 or 3.12 with the module venv, found none." >&2; exit 1; }
fi
install_qgis >"$log" 2>&1 &
qgis_install=$!
install_training
wait "$qgis_install" || { cat "$log"; exit 1; }
rm -f "$log"

echo "== Style, types, imports"
.venv/bin/ruff check .
.venv/bin/mypy
.venv/bin/lint-imports
.venv/bin/python scripts/package.py --check --out "$(mktemp -d)"

echo "== Engine and training"
# one thread each: two processes share the two cores
OMP_NUM_THREADS=1 .venv/bin/python -m pytest tests --ignore=tests/qgis -q -n 2 --dist loadfile

echo "== QGIS"
if has_qgis; then
  install_qgis_tests
  # those that train take as long as all others, and one core: both at once
  training_log=$(mktemp)
  set -m # a group of its own, which ends with this script
  qgis_tests "${training_tests[@]}" >"$training_log" 2>&1 &
  training_tests_run=$!
  set +m
  trap 'kill -- "-$training_tests_run" 2>/dev/null || true' EXIT
  failed=0
  qgis_tests tests/qgis "${training_tests[@]/#/--ignore=}" || failed=1
  wait "$training_tests_run" || failed=1
  trap - EXIT
  cat "$training_log"
  rm -f "$training_log"
  [ "$failed" = 0 ] || exit 1
elif [ "${CSCL_REQUIRE_QGIS:-0}" = 1 ]; then
  echo "Error: QGIS is required here but is not installed, and apt-get could not install it." >&2
  exit 1
else
  echo "QGIS is not installed: its tests are skipped (sudo apt-get install qgis python3-qgis)."
fi
echo "== All passed"
