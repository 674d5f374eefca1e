"""Build and check the plugin's zip and the models' zip; install both into a QGIS profile.

    python scripts/package.py                      dist/cscl_qgis-<version>.zip and dist/cscl_models-<version>.zip
    python scripts/package.py --check              the same, then bandit and detect-secrets over the plugin's zip
    python scripts/package.py --install PROFILE    the same, then unpack the plugin into a profile

Only files known to git go in. The same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import ast
import configparser
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
PLUGIN = "cscl_qgis"
SIZE_LIMIT = 5 << 20
"""Bytes; plugins.qgis.org takes 25 MB, but every user fetches it again with every release."""
SAMPLE_LIMIT = 1 << 20
"""A sample of images larger than this stays out."""
PICTURE_LIMIT = 128 << 10
"""Pictures of the documents larger than this stay out; the guide's window leaves out what is not there."""
DATE = (2020, 1, 1, 0, 0, 0)
"""Date of every entry, so that the same sources give the same bytes."""
REQUIRED_KEYS = (
    "name",
    "description",
    "version",
    "qgisMinimumVersion",
    "author",
    "email",
    "about",
    "tracker",
    "repository",
)
"""What plugins.qgis.org refuses a zip without."""
CATEGORIES = ("Raster", "Vector", "Database", "Mesh", "Web")
"""Menus of QGIS that a plugin may be found in."""
LINKS = ("tracker", "repository", "homepage")
FLAGS = ("experimental", "deprecated")
DESCRIPTION_LIMIT, NAME_LIMIT = 255, 256
"""Characters that the repository's tables hold."""
BINARY_SUFFIXES = {".png", ".tif", ".gpkg", ".qm"}
"""Data, not programs; any other file must be UTF-8 text."""
SUFFIXES = BINARY_SUFFIXES | {".py", ".txt", ".md", ".csv", ".json", ".yaml", ".yml", ".svg", ".qml", ".ui", ".model3"}
"""Kinds of files that may be in the zip; LICENSE has none."""
NEEDED = (
    "metadata.txt",
    "LICENSE",
    "__init__.py",
    "icon.svg",
    "_bundle/backend/__main__.py",
    "_bundle/training/train.py",
    "_bundle/README.md",
    "_bundle/CHANGELOG.md",
    "_bundle/docs/user_guide.md",
    "_bundle/docs/model_builders_guide.md",
    "_bundle/resources/classes/legend.csv",
    "_bundle/resources/requirements-mapping.txt",
    "_bundle/resources/requirements-mapping-gpu.txt",
    "_bundle/resources/requirements-training.txt",
)
"""What the plugin cannot do without: the engine, the training, the guide, the legend, the lock files of both."""
OLD_PYTHON = tuple(
    f"backend/{name}.py" for name in ("__init__", "errors", "protocol", "model_card", "card_item", "style")
)
"""Modules of the engine that QGIS's own Python reads; it may be 3.9."""


class PackageError(Exception):
    """The zip would be refused, or would not work."""


def version() -> str:
    """The plugin's version, from metadata.txt.

    Raises:
        PackageError: if the engine has another one.
    """
    value = _metadata((ROOT / "metadata.txt").read_text(encoding="utf-8"))["version"]
    match = re.search(r'^__version__ = "([^"]+)"$', (ROOT / "backend/__init__.py").read_text(encoding="utf-8"), re.M)
    if match is None or match[1] != value:
        raise PackageError(
            f"metadata.txt says version {value}, backend/__init__.py {match[1] if match else 'nothing'}."
        )
    return value


def plugin_files() -> dict[str, Path]:
    """Names in the zip and the files they come from."""
    known = tracked_files()
    files: dict[str, Path] = {}
    for name in known:
        top = name.split("/", 1)[0]
        if top == PLUGIN:
            if not name.endswith(".ts"):  # what translators edit; the compiled files go in
                files[name] = ROOT / name
        elif top in ("backend", "training") or name.startswith("resources/"):
            if not name.startswith(("resources/models/", "resources/sample/")) and name != "resources/icon.svg":
                files[f"{PLUGIN}/_bundle/{name}"] = ROOT / name
        elif name in ("metadata.txt", "LICENSE"):
            files[f"{PLUGIN}/{name}"] = ROOT / name
        elif name in ("README.md", "CHANGELOG.md") or _is_document(name):  # they link to each other and to resources
            files[f"{PLUGIN}/_bundle/{name}"] = ROOT / name
    sample = [name for name in known if name.startswith("resources/sample/")]
    if sum((ROOT / name).stat().st_size for name in sample) <= SAMPLE_LIMIT:
        files.update({f"{PLUGIN}/_bundle/{name}": ROOT / name for name in sample})
    files[f"{PLUGIN}/icon.svg"] = ROOT / "resources" / "icon.svg"
    return dict(sorted(files.items()))


def _is_document(name: str) -> bool:
    """True for a page of the documents, and for a picture that is small enough."""
    if not name.startswith("docs/"):
        return False
    suffix = PurePosixPath(name).suffix
    return suffix == ".md" or (suffix in (".png", ".svg") and (ROOT / name).stat().st_size <= PICTURE_LIMIT)


def tracked_files() -> list[str]:
    """Files known to git, or, in a source tree without git, all that are neither hidden nor made by a tool."""
    if (ROOT / ".git").exists():
        git = shutil.which("git")
        if git is None:
            raise PackageError("This is a git checkout, but git is not installed.")
        listed = subprocess.run([git, "-C", str(ROOT), "ls-files", "-z"], check=True, capture_output=True).stdout
        names = listed.decode("utf-8").split("\0")
    else:
        made = {"dist", "runs", "__pycache__", "lightning_logs"}
        names = [
            path.relative_to(ROOT).as_posix()
            for path in ROOT.rglob("*")
            if not any(part.startswith(".") or part in made for part in path.relative_to(ROOT).parts)
        ]
    return sorted(name for name in names if name and (ROOT / name).is_file())


def build_plugin(folder: Path) -> Path:
    """Write the plugin's zip and check it."""
    path = folder / f"{PLUGIN}-{version()}.zip"
    content = {name: source.read_bytes() for name, source in plugin_files().items()}
    # A package of its own, so that QGIS finds, and unloads, the engine's modules below the plugin's name
    content[f"{PLUGIN}/_bundle/__init__.py"] = b'"""The engine and the training as the plugin carries them."""\n'
    _write_zip(path, content)
    check_plugin(path)
    return path


def build_models(folder: Path, models: Sequence[Path]) -> Path | None:
    """Write the models' zip: each model, its card and its checkpoint where the card names one; None without a model."""
    content: dict[str, bytes] = {}
    for model in models:
        for path in (model, model.with_suffix(".json"), *_checkpoint_of(model)):
            if not path.is_file():
                raise PackageError(f"{path} is missing.")
            content[path.name] = path.read_bytes()
    if not content:
        return None
    path = folder / f"cscl_models-{version()}.zip"
    _write_zip(path, content)
    return path


def _checkpoint_of(model: Path) -> list[Path]:
    """The file with weights to train further from that a model's card names, if any."""
    try:
        item = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))
        href = item["assets"].get("checkpoint", {}).get("href", "")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PackageError(f"{model.with_suffix('.json')} is missing or no card ({error}).") from error
    return [model.with_name(PurePosixPath(href).name)] if href else []


def check_plugin(path: Path) -> None:
    """Refuse what plugins.qgis.org would refuse, and what would not work.

    Raises:
        PackageError: with every finding, one a line.
    """
    findings: list[str] = []
    if path.stat().st_size > SIZE_LIMIT:
        findings.append(f"{path.name} has {path.stat().st_size} bytes; the limit is {SIZE_LIMIT}")
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        for entry in archive.infolist():
            findings += _check_entry(entry, archive.read(entry))
        findings += [f"{PLUGIN}/{needed} is missing" for needed in NEEDED if f"{PLUGIN}/{needed}" not in names]
        if f"{PLUGIN}/metadata.txt" in names:
            findings += _check_metadata(_metadata(archive.read(f"{PLUGIN}/metadata.txt").decode("utf-8")), names)
    if findings:
        raise PackageError(f"{path.name} is not fit to be published:\n" + "\n".join(f"  {line}" for line in findings))


def _check_entry(entry: zipfile.ZipInfo, data: bytes) -> list[str]:
    name, findings = entry.filename, []
    pure = PurePosixPath(name)
    if pure.parts[0] != PLUGIN:
        findings.append(f"{name} lies outside the folder {PLUGIN}")
    if any(part.startswith((".", "__MACOSX")) or part in ("..", "__pycache__") for part in pure.parts):
        findings.append(f"{name} is hidden or made by a tool")
    if (entry.external_attr >> 16) & 0o111:
        findings.append(f"{name} has an executable bit")
    if pure.name != "LICENSE" and pure.suffix not in SUFFIXES:
        findings.append(f"{name} is of a kind that is not allowed")
    if pure.suffix not in BINARY_SUFFIXES:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return [*findings, f"{name} is not text"]
        if "\0" in text:
            findings.append(f"{name} is not text")
        if pure.suffix == ".py":
            findings += _check_syntax(name, text)
    return findings


def _check_syntax(name: str, text: str) -> list[str]:
    inner = name.removeprefix(f"{PLUGIN}/_bundle/")
    read_by_qgis = not name.startswith(f"{PLUGIN}/_bundle/") or inner in OLD_PYTHON
    try:
        ast.parse(text, name, feature_version=(3, 9) if read_by_qgis else (3, 10))
    except SyntaxError as error:
        return [f"{name}:{error.lineno} {error.msg} (Python {'3.9' if read_by_qgis else '3.10'})"]
    return []


def _check_metadata(metadata: dict[str, str], names: set[str]) -> list[str]:
    """What is wrong with the metadata.

    Args:
        metadata: as _metadata gives them.
        names: of the files in the zip.
    """
    findings = [f"metadata.txt lacks '{key}'" for key in REQUIRED_KEYS if not metadata.get(key, "").strip()]
    if not re.fullmatch(r"\d+\.\d+\.\d+", metadata.get("version", "")):
        findings.append(f"metadata.txt: the version must be like 1.2.3, not '{metadata.get('version')}'")
    if metadata.get("hasprocessingprovider") != "yes":
        findings.append("metadata.txt lacks hasProcessingProvider=yes, so qgis_process would not find the plugin")
    oldest, newest = (_qgis_version(metadata.get(key, "")) for key in ("qgisMinimumVersion", "qgismaximumversion"))
    if not oldest or not newest or oldest > newest:
        findings.append("metadata.txt: qgisMinimumVersion and qgisMaximumVersion must be like 3.22 and 4.99, in order")
    for key in LINKS:
        if not re.fullmatch(r"https://[\w.-]+\.\w+(/\S*)?", metadata.get(key, "")):
            findings.append(f"metadata.txt: {key} must be an https address, not '{metadata.get(key, '')}'")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", metadata.get("email", "")):
        findings.append(f"metadata.txt: '{metadata.get('email', '')}' is no e-mail address")
    if "plugin" in metadata.get("name", "").lower() or len(metadata.get("name", "")) > NAME_LIMIT:
        findings.append("metadata.txt: the name must be short, and do without the word plugin")
    if len(metadata.get("description", "")) > DESCRIPTION_LIMIT or "\n" in metadata.get("description", ""):
        findings.append(f"metadata.txt: the description must be one line of at most {DESCRIPTION_LIMIT} characters")
    if "dependencies" not in metadata.get("about", ""):
        findings.append("metadata.txt: 'about' must name the external dependencies")
    if metadata.get("category", "") not in CATEGORIES:
        findings.append(f"metadata.txt: the category must be one of {', '.join(CATEGORIES)}")
    if f"{PLUGIN}/{metadata.get('icon', '')}" not in names:
        findings.append(f"metadata.txt: the icon '{metadata.get('icon', '')}' is not in the zip")
    if not all(re.fullmatch(r"[\w -]+", tag.strip()) for tag in metadata.get("tags", "").split(",")):
        findings.append("metadata.txt: tags must be words with commas between")
    if not re.match(rf"{re.escape(metadata.get('version', ''))}\n\s*\S", metadata.get("changelog", "")):
        findings.append(
            f"metadata.txt: the changelog must begin with {metadata.get('version', '')} and say what is new"
        )
    findings += [
        f"metadata.txt: {key} must be True or False" for key in FLAGS if metadata.get(key) not in ("True", "False")
    ]
    return findings


def _qgis_version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")) if re.fullmatch(r"\d+\.\d+", text) else ()


def _metadata(text: str) -> dict[str, str]:
    """The [general] section; keys of `REQUIRED_KEYS` as they are written there, others in lower case."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_file(io.StringIO(text))
    values = dict(parser["general"])
    return {**values, **{key: values.get(key.lower(), "") for key in REQUIRED_KEYS}}


def _write_zip(path: Path, content: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100644) << 16
            archive.writestr(entry, content[name])
    part.replace(path)


def lint(path: Path) -> None:
    """Run the two programs that plugins.qgis.org runs; a finding of either blocks a release.

    Raises:
        PackageError: on a finding, or if a program is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="cscl-lint-") as folder:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)  # checked by check_plugin: one folder, no '..'
        findings = []
        bandit = _lint_command("bandit", ["-q", "-r", PLUGIN, "-f", "txt"], folder)
        if bandit.returncode:
            findings.append(f"bandit:\n{bandit.stdout}")
        secrets = _lint_command("detect_secrets", ["scan", "--all-files", PLUGIN], folder)
        if secrets.returncode:
            raise PackageError(f"detect-secrets failed:\n{secrets.stderr}")
        results = json.loads(secrets.stdout)["results"]
        if results:
            findings.append(f"detect-secrets:\n{json.dumps(results, indent=2)}")
        if findings:
            raise PackageError("the repository's checks have findings:\n" + "\n".join(findings))


def _lint_command(module: str, arguments: list[str], folder: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if f"No module named {module}" in result.stderr:
        raise PackageError(f"{module} is not installed here: pip install bandit detect-secrets")
    return result


def install(profile: Path, plugin: Path, models: Path | None) -> Path:
    """Unpack the plugin into a QGIS profile, in place of an older one, and the models into the user's folder."""
    target = profile / "python" / "plugins" / PLUGIN
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".cscl-", dir=target.parent) as work:
        with zipfile.ZipFile(plugin) as archive:
            archive.extractall(work)
        if target.is_symlink():
            raise PackageError(f"{target} is a link, perhaps to your own sources; remove it first.")
        if target.exists():
            shutil.rmtree(target)
        (Path(work) / PLUGIN).replace(target)
    if models is not None:
        sys.path.insert(0, str(ROOT))
        from cscl_qgis.models import install_zip

        install_zip(models)
    return target


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Build the plugin's zip and the models' zip.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="DIR", help="default: dist/")
    parser.add_argument("--models", type=Path, default=ROOT / "resources" / "models", metavar="DIR", help="of *.onnx")
    parser.add_argument("--check", action="store_true", help="also run bandit and detect-secrets")
    parser.add_argument("--install", type=Path, metavar="PROFILE", help="a QGIS profile, e.g. .../profiles/default")
    options = parser.parse_args(arguments)
    try:
        plugin = build_plugin(options.out)
        models = build_models(options.out, sorted(options.models.glob("*.onnx")))
        if options.check:
            lint(plugin)
        print(f"{plugin}  {plugin.stat().st_size / 1e6:.2f} MB")
        print(f"{models}  {models.stat().st_size / 1e6:.2f} MB" if models else f"no models in {options.models}")
        if options.install:
            print(f"installed in {install(options.install, plugin, models)}")
    except PackageError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
