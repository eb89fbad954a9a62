"""flask import: a file, or the standard input, into the record."""

import json
from pathlib import Path

import pytest

from tests.model_side import MODEL

SAMPLE = Path(__file__).parents[1] / "data" / "mt_bench" / "sharegpt.jsonl"
LINE = {"id": "a", "model": MODEL, "messages": [{"role": "user", "content": "Hello?"}]}


@pytest.fixture
def file(tmp_path):
    def write(*values):
        path = tmp_path / "lines.jsonl"
        path.write_text("".join(f"{json.dumps(one)}\n" for one in values), encoding="utf-8")
        return str(path)

    return write


def test_a_file_is_taken_in_once_with_a_report(flask, alice):
    for accepted, repeated in ((20, 0), (0, 20)):
        done = flask("import", str(SAMPLE), "--user", "alice", "--model-id", MODEL)
        assert done.exit_code == 0, done.output
        report = {"accepted": accepted, "repeated": repeated, "refused_count": 0, "refused": []}
        assert json.loads(done.stdout) == report
        assert f"{accepted} accepted, {repeated} repeated, 0 refused" in done.stderr
    assert len(alice.read("/interactions", limit=100)["items"]) == 20


def test_the_standard_input_is_read_and_lines_may_be_of_others(app, alice, bob):
    sent = json.dumps(LINE) + "\n" + json.dumps({**LINE, "id": "b", "user_id": "bob"})
    arguments = ["import", "-", "--user", "alice", "--no-training-consent"]
    done = app.test_cli_runner().invoke(args=arguments, input=sent)
    assert json.loads(done.stdout)["accepted"] == 2
    for person in (alice, bob):
        (interaction,) = person.read("/interactions")["items"]
        assert (interaction["user_id"], interaction["training_consent"]) == (person.name, False)


def test_one_form_may_be_demanded(flask, file):
    other = {"id": "b", "model": MODEL, "conversations": [{"from": "human", "value": "Hi"}]}
    done = flask("import", file(LINE, other), "--user", "alice", "--format", "sharegpt")
    report = json.loads(done.stdout)
    assert (report["accepted"], report["refused_count"]) == (1, 1)
    assert report["refused"][0]["problem"]["code"] == "unknown_form"


def test_what_makes_no_sense_is_refused_in_words(flask, file):
    path = file(LINE)
    refused = flask("import", path, "--user", "alice", "--model-id", "a//b")
    assert refused.exit_code == 2
    assert "expected no empty segment" in refused.output
    assert flask("import", path).exit_code == 2
    assert flask("import", f"{path}.absent", "--user", "alice").exit_code == 2
