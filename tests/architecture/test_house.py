"""The tools have no back door, and the files name no machine."""

import re
import subprocess
import tomllib

import pytest

from tests.architecture.sources import ROOT, named, own_files

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = [
    *("requirements.txt", "requirements-dev.txt", "requirements-model.txt"),
    *("requirements-tokenizers.txt", "requirements-crowd.txt", "requirements-trl.txt"),
]
PIN = re.compile(r"^([a-z0-9._-]+)==([^ ]+)(?: ; .+)? \\$", re.MULTILINE)

# Written in pieces, so that this file does not name them either.
MACHINE = re.compile(r"(?<![\w.:/-])/(?:" + "|".join(["work", "root", "home"]) + r")/\w")
HOSTS = re.compile("|".join(["pypi" + r"\.org", "python" + "hosted", "npm" + "js"]))


def test_no_contract_about_imports_has_exceptions():
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    assert [one["name"] for one in contracts if "ignore_imports" in one] == []


def test_types_are_strict_and_only_foreign_ones_may_be_missing():
    types = PYPROJECT["tool"]["mypy"]
    assert types["strict"] is True
    for override in types["overrides"]:
        assert set(override) == {"module", "ignore_missing_imports"}
        assert not [name for name in override["module"] if name.startswith("app")]


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_pinned_with_its_hashes(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    required = re.findall(r"^[a-z].*$", text, re.MULTILINE)
    assert required
    assert [line for line in required if not PIN.match(line + "\n")] == []
    blocks = re.split(r"\n(?=[a-z])", text)
    bare = [one for one in blocks if "==" in one and "--hash=sha256:" not in one]
    assert bare == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place_to_fetch_from(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"--(?:extra-)?index|--find-links|://|file:", text) == []


def test_development_runs_what_production_runs():
    production, development = (
        set(PIN.findall((ROOT / name).read_text(encoding="utf-8"))) for name in LOCKS[:2]
    )
    assert production <= development


@pytest.mark.parametrize("path", own_files(), ids=named)
def test_a_file_names_no_machine(path):
    text = path.read_text(encoding="utf-8", errors="replace")
    assert MACHINE.findall(text) == []
    assert HOSTS.findall(text) == []


def test_make_says_what_it_can_do():
    told = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for target in ("run", "test", "sure", "sure-long", "fix", "migration", "bench"):
        assert re.search(rf"^  make {target} ", told, re.MULTILINE)
