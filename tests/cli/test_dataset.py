"""flask dataset: freeze, export, verify and diff at a terminal."""

import subprocess
import sys
from uuid import uuid4

import orjson
import pytest

from tests.freezing import freeze_now
from tests.model_side import MODEL


@pytest.fixture
def run(app):
    def call(*arguments):
        return app.test_cli_runner().invoke(args=["dataset", *map(str, arguments)])

    return call


@pytest.fixture
def version(app, alice, vera, adam):
    for question in ("What is a tree?", "How deep is the sea?"):
        given = alice.feedback(alice.exchange(question)["response"]["id"], rating="like")
        vera.verdict(given["id"])
    return freeze_now(app, adam)


@pytest.fixture
def file(run, version, tmp_path):
    path = tmp_path / "version.jsonl.zst"
    assert run("export", version["id"], path).exit_code == 0
    return path


def test_a_download_is_proven(run, version, file):
    done = run("verify", file, "--root", version["merkle_root"], "--digest", version["digest"])
    assert done.exit_code == 0, done.output
    said = orjson.loads(done.output)
    assert (said["rows"], said["faults"]) == (2, [])


def test_it_is_proven_where_nothing_of_the_service_is_set_up(version, file):
    command = [sys.executable, "-m", "app.cli", "verify", str(file)]
    done = subprocess.run(command, capture_output=True, check=False, env={"PATH": ""})
    assert done.returncode == 0, done.stderr
    assert orjson.loads(done.stdout)["root"] == version["merkle_root"]


def test_another_root_is_refused(run, file):
    done = run("verify", file, "--root", "0" * 64)
    assert done.exit_code == 1
    assert "you expected" in done.output


def test_a_changed_byte_is_found(run, file):
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)
    assert run("verify", file).exit_code == 1


def test_a_file_that_ends_early_is_found(run, file):
    file.write_bytes(file.read_bytes()[:-30])
    assert run("verify", file).exit_code == 1


def test_an_export_goes_on_where_it_broke_off(run, version, file):
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    assert run("export", version["id"], file).exit_code == 0
    assert file.read_bytes() == whole


def test_an_export_in_a_shape(run, version, tmp_path):
    path = tmp_path / "sft.jsonl"
    done = run("export", version["id"], path, "--shape", "sft", "--split", "train")
    assert done.exit_code == 0, done.output
    assert len(path.read_bytes().splitlines()) == 2


def test_a_freeze_is_begun(run, alice, adam):
    alice.interaction()
    asked = ("--train", "0.9", "--test", "0.1", "--language", "en", "--min-raters", "2")
    done = run("freeze", MODEL, "--name", "By hand", *asked, "--no-preferences")
    assert done.exit_code == 0, done.output
    version = adam.read(f"/dataset/versions/{orjson.loads(done.output)['id']}")
    assert version["status"] == "building"
    assert version["selection"] == {"language": "en", "min_raters": 2, "preferences": "exclude"}
    assert version["splits"]["shares"] == [["train", 0.9], ["test", 0.1]]


def test_differences_are_told(run, app, version, adam):
    other = freeze_now(app, adam, splits={"test": 1})
    done = run("diff", version["id"], other["id"])
    found = [orjson.loads(line) for line in done.output.splitlines()]
    assert [one["reason"] for one in found] == ["split", "split"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("freeze", "a//b"),
        ("freeze", MODEL, "--train", "0"),
        ("export", uuid4(), "nowhere"),
        ("export", uuid4(), "nowhere", "--shape", "sft"),
        ("diff", uuid4(), uuid4()),
    ],
)
def test_what_cannot_be_done_is_said(run, arguments):
    done = run(*arguments)
    assert done.exit_code in {1, 2}
    assert "Error" in done.output


def test_a_model_that_nobody_knows_is_not_frozen(run):
    done = run("freeze", "acme/nothing")
    assert done.exit_code == 1
    assert "there is no model 'acme/nothing'" in done.output
