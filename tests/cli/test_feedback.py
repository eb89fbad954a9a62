"""flask feedback import: a file, or the standard input, into what waits for a verdict."""

import json

import pytest

LINE = {"external_id": "r-1", "user_id": "kim", "owner_id": "lee", "prompt": "Why?",
        "response": "Because.", "rating": "like"}  # fmt: skip
TASK = {
    "id": 1,
    "data": {"prompt": "Why?", "response": "Because."},
    "annotations": [
        {"id": 1, "result": [{"from_name": "stars", "type": "rating", "value": {"rating": 4}}]}
    ],
}


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "feedback"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_a_file_is_taken_in_once_with_a_report(flask, file, vera):
    lines = [json.dumps({**LINE, "external_id": str(n), "prompt": f"{n}?"}) for n in range(100)]
    path = file("\n".join(lines))
    for accepted, repeated in ((100, 0), (0, 100)):
        done = flask("feedback", "import", path, "--user", "eve", "--model-id", "acme/x")
        assert done.exit_code == 0, done.output
        report = {"accepted": accepted, "repeated": repeated, "refused_count": 0, "refused": []}
        assert json.loads(done.stdout) == report
        assert f"{accepted} accepted, {repeated} repeated, 0 refused" in done.stderr
    assert len(vera.read("/feedback/pending", limit=100)["items"]) == 100


def test_the_standard_input_is_read_in_the_form_that_is_named(app, vera):
    words = ["feedback", "import", "-", "--user", "eve", "--format", "label_studio",
             "--dimension", "accuracy", "--rater", "kim", "--model-id", "acme/x"]  # fmt: skip
    done = app.test_cli_runner().invoke(args=words, input=json.dumps([TASK]))
    assert json.loads(done.stdout)["accepted"] == 1
    (given,) = vera.read("/feedback/pending")["items"]
    assert given["user_id"] == "kim"
    assert [one["score"] for one in given["dimension_ratings"]] == [4]


def test_what_makes_no_sense_is_refused_in_words(flask, file):
    path = file(json.dumps(LINE))
    refused = flask("feedback", "import", path, "--user", "eve", "--model-id", "a//b")
    assert refused.exit_code == 2
    assert "expected no empty segment" in refused.output
    assert flask("feedback", "import", path).exit_code == 2
    assert flask("feedback", "import", path, "--user", "eve", "--format", "xml").exit_code == 2
