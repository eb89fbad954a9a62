"""Real data in through the API and out in every shape, counts and contents as in the source."""

import gzip
import io
import json
from collections import Counter
from itertools import combinations

import pytest
from pyarrow import parquet

from tests.api.test_export_shapes import SHAPES
from tests.api.test_feedback_imports import counts, send
from tests.model_side import MODEL
from tests.ratings import DATA, rows_of
from tests.sizes import size
from tests.story import Story

EXPORT = f"/dataset/model/{MODEL}/export"


@pytest.fixture
def story(app, model_side):
    return Story(app, model_side)


def read(*path):
    with gzip.open(DATA.joinpath(*path), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def records(story, shape, **query):
    data = story.vera.get(EXPORT, query_string={"shape": shape, "format": "jsonl", **query}).data
    return [json.loads(line) for line in data.split(b"\n") if line]


def pairs(story):
    return Counter(
        (only(one["prompt"]), only(one["chosen"]), only(one["rejected"]), one["source"])
        for one in records(story, "preference")
    )


def targets(story):
    return {only(one["prompt"]): only(one["completion"]) for one in records(story, "sft")}


def only(messages):
    """Return the text of a prompt or an answer that is one message."""
    (message,) = messages
    return message["content"]


@pytest.fixture
def load(monkeypatch, tmp_path):
    """Load a table with the library that people train with, which asks for nothing elsewhere."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets", reason="a development requirement")

    def read_table(shape, data):
        path = tmp_path / f"{shape}.parquet"
        path.write_bytes(data)
        cache = str(tmp_path / "cache")
        return datasets.load_dataset(
            "parquet", data_files=str(path), split="train", cache_dir=cache
        )

    return read_table


def every_shape_holds(story, load, counts):
    """Check how many records each shape has, as lines and as a table, and that they are the same.

    What is learnt from is the same in the lines and in the table.
    """
    for shape in SHAPES:
        lines = records(story, shape)
        assert len(lines) == counts[shape], shape
        data = story.vera.get(EXPORT, query_string={"shape": shape, "format": "parquet"}).data
        if not lines:
            # The library loads no table without rows.
            assert parquet.read_table(io.BytesIO(data)).num_rows == 0, shape
            continue
        loaded = load(shape, data)
        assert loaded.num_rows == counts[shape], shape
        assert loaded.column_names == list(lines[0]), shape
        for name in {"prompt", "completion", "chosen", "rejected"} & set(loaded.column_names):
            cells = zip(loaded[name][:], lines, strict=True)
            assert all(same(cell, one[name]) for cell, one in cells), (shape, name)


def same(cell, value):
    """Say whether a table holds a value; a tree has no fixed form and is JSON there."""
    return (json.loads(cell) if isinstance(value, dict) else cell) == value


def compare(story, answers, said, **by):
    """Say which of two answers is better: 1 the first, 2 the second, 0 neither."""
    better, worse = answers[::-1] if said == 2 else answers
    story.compared(better, worse, verdict="better" if said else "tie", **by)


@pytest.mark.long
def test_corrected_and_compared_answers_come_out_as_they_went_in(story, load):
    rows = read("finegrained_rlhf", "answers.jsonl.gz")[: size(20, 500)]
    expected, corrected = Counter(), {}
    for row in rows:
        question, texts = row["question"], row["answers"]
        answers = story.answers(question, *texts)
        if row["corrected"]:
            story.rated(answers[0], correction=row["corrected"])
        if row["corrected"] and row["corrected"].strip() != texts[0].strip():
            corrected[question] = row["corrected"]
            expected[question, row["corrected"], texts[0], "correction"] += 1
        known = {(corrected.get(question), texts[0]), (texts[0], corrected.get(question))}
        for (one, other), said in zip(combinations(range(4), 2), row["preference"], strict=True):
            compare(story, (answers[one], answers[other]), said)
            better, worse = (texts[other], texts[one]) if said == 2 else (texts[one], texts[other])
            if said and (better, worse) not in known:
                expected[question, better, worse, "preference"] += 1
    assert pairs(story) == expected
    assert targets(story) == corrected
    given, changed = sum(bool(row["corrected"]) for row in rows), len(corrected)
    labels = Counter(one["label"] for one in records(story, "kto"))
    assert labels == Counter({True: changed, False: changed})
    targeted = dict.fromkeys(("sft", "chat", "openai_chat", "sharegpt"), changed)
    paired = dict.fromkeys(("preference", "openai_dpo"), expected.total())
    every_shape_holds(
        story,
        load,
        {
            **targeted,
            **paired,
            "raw": given,
            "kto": 2 * changed,
            "attributes": 0,
            "oasst": len(rows),
            "feedback_log": changed,
        },
    )
    preview = story.vera.read(f"/dataset/preview/{MODEL}", shape="preference")
    dropped = {one["name"]: one["count"] for one in preview["dropped"]}
    assert dropped["tie"] == sum(row["preference"].count(0) for row in rows)
    assert dropped.get("equal_pair", 0) == given - changed


@pytest.mark.long
def test_what_three_people_prefer_is_what_most_of_them_said(story, load):
    people = (story.alice, story.vera, story.adam)
    said = {row["idx"]: row for row in rows_of("pandalm", "annotators.csv")}
    rows = read("pandalm", "answers.jsonl.gz")[:: size(25, 1)]
    expected, ties = Counter(), 0
    for row in rows:
        # A few answers have nothing to see.
        texts = [text if text.strip() else "(nothing)" for text in row["answers"]]
        answers = story.answers(row["question"], *texts)
        votes = [int(said[str(row["idx"])][f"annotator{number}"]) for number in (1, 2, 3)]
        for person, vote in zip(people, votes, strict=True):
            compare(story, answers, vote, by=person)
        most, count = Counter(votes).most_common(1)[0]
        assert count > 1
        ties += not most
        if most:
            better, worse = texts if most == 1 else texts[::-1]
            expected[row["question"], better, worse, "preference"] += 1
    assert pairs(story) == expected
    assert {one["raters"] for one in records(story, "preference")} == {3}
    counts = Counter(preference=len(rows) - ties, openai_dpo=len(rows) - ties, oasst=len(rows))
    every_shape_holds(story, load, counts)
    preview = story.vera.read(f"/dataset/preview/{MODEL}", shape="preference")
    assert {one["name"]: one["count"] for one in preview["dropped"]} == {"tie": ties}
    assert {one["name"]: one["count"] for one in preview["contributors"]} == dict.fromkeys(
        ("alice", "vera", "adam"), len(rows)
    )


@pytest.mark.long
def test_imported_corrections_come_out_as_they_went_in(story, load):
    rows = [row for row in read("finegrained_rlhf", "answers.jsonl.gz") if row["corrected"]]
    rows = rows[: size(20, 500)]
    lines = [imported(number, row) for number, row in enumerate(rows)]
    assert counts(send(story.adam, *lines)) == (len(rows), 0, 0)
    assert counts(send(story.adam, *lines)) == (0, len(rows), 0)
    waiting = [one for page in story.vera.walk("/feedback/pending") for one in page]
    assert len(waiting) == len(rows)
    for one in waiting:
        story.vera.verdict(one["id"])
    changed = [row for row in rows if row["corrected"].strip() != row["answers"][0].strip()]
    assert targets(story) == {row["question"]: row["corrected"] for row in changed}
    assert pairs(story) == Counter(
        (row["question"], row["corrected"], row["answers"][0], "correction") for row in changed
    )
    learnt = ("sft", "chat", "openai_chat", "sharegpt", "preference", "openai_dpo", "feedback_log")
    every_shape_holds(
        story,
        load,
        {
            **dict.fromkeys(learnt, len(changed)),
            "raw": len(rows),
            "kto": 2 * len(changed),
            "attributes": 0,
            "oasst": len(rows),
        },
    )


def imported(number, row):
    """Return a correction as a line of an import, with the answer that it is about."""
    return {
        "external_id": str(number),
        "source": "finegrained_rlhf",
        "user_id": "finegrained_rlhf-annotators",
        "model_id": MODEL,
        "prompt": row["question"],
        "response": row["answers"][0],
        "correction": row["corrected"],
    }
