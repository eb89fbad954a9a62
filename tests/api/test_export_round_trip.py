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
from tests.shape_contents import contents
from tests.sizes import size
from tests.story import Story

EXPORT = f"/dataset/model/{MODEL}/export"


@pytest.fixture
def story(app, model_side):
    return Story(app, model_side)


def read(*path):
    with gzip.open(DATA.joinpath(*path), "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def records(story, shape):
    data = story.vera.get(EXPORT, query_string={"shape": shape, "format": "jsonl"}).data
    return [json.loads(line) for line in data.split(b"\n") if line]


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


def every_shape_holds(story, load, **expected):
    """Check what the records of each shape say, as lines and as a table; other shapes are empty."""
    for shape in SHAPES:
        said = Counter(expected.get(shape, ()))
        lines = records(story, shape)
        assert Counter(contents(shape, one) for one in lines) == said, shape
        data = story.vera.get(EXPORT, query_string={"shape": shape, "format": "parquet"}).data
        if not lines:
            # The library loads no table without rows.
            assert parquet.read_table(io.BytesIO(data)).num_rows == 0, shape
            continue
        loaded = load(shape, data)
        assert loaded.column_names == list(lines[0]), shape
        assert Counter(contents(shape, one) for one in loaded) == said, shape


def targets(changed):
    """Return what shapes say that teach the corrections of rows."""
    learnt = [(row["question"], row["corrected"]) for row in changed]
    wrong = [(row["question"], row["answers"][0]) for row in changed]
    return {
        **dict.fromkeys(("sft", "chat", "openai_chat", "sharegpt"), learnt),
        "kto": [(*one, True) for one in learnt] + [(*one, False) for one in wrong],
        "feedback_log": [(*one, "negative") for one in wrong],
    }


def corrections(rows):
    """Return what the rows of real corrections say, as they are kept."""
    return [(row["question"], row["answers"][0], row["corrected"]) for row in rows]


def tree(row, answers):
    """Return a question with answers, and with the correction where it says something else."""
    return row["question"], *sorted([*answers, *filter(None, [correction_of(row)])])


def correction_of(row):
    """Return the correction of a row's first answer, None where it changes nothing."""
    text = row["corrected"]
    return text if text and text.strip() != row["answers"][0].strip() else None


def chosen(texts, said):
    """Return the better and the worse of two: 1 the first is better, 2 the second."""
    return texts if said == 1 else texts[::-1]


def compare(story, answers, said, **by):
    """Say which of two answers is better; 0 is neither."""
    better, worse = chosen(answers, said or 1)
    story.compared(better, worse, verdict="better" if said else "tie", **by)


@pytest.mark.long
def test_corrected_and_compared_answers_come_out_as_they_went_in(story, load):
    rows = read("finegrained_rlhf", "answers.jsonl.gz")[: size(20, 500)]
    pairs = []
    for row in rows:
        question, texts = row["question"], row["answers"]
        answers = story.answers(question, *texts)
        corrected = correction_of(row)
        if row["corrected"]:
            story.rated(answers[0], correction=row["corrected"])
        if corrected:
            pairs.append((question, corrected, texts[0]))
        for (one, other), said in zip(combinations(range(4), 2), row["preference"], strict=True):
            compare(story, (answers[one], answers[other]), said)
            found = chosen((texts[one], texts[other]), said)
            if said and set(found) != {corrected, texts[0]}:
                pairs.append((question, *found))
    given = [row for row in rows if row["corrected"]]
    changed = [row for row in rows if correction_of(row)]
    every_shape_holds(
        story,
        load,
        **targets(changed),
        raw=corrections(given),
        preference=pairs,
        openai_dpo=pairs,
        oasst=[tree(row, row["answers"]) for row in rows],
    )
    sources = Counter(one["source"] for one in records(story, "preference"))
    compared = len(pairs) - len(changed)
    assert sources == Counter(correction=len(changed), preference=compared)
    preview = story.vera.read(f"/dataset/preview/{MODEL}", shape="preference")
    dropped = {one["name"]: one["count"] for one in preview["dropped"]}
    assert dropped["tie"] == sum(row["preference"].count(0) for row in rows)
    assert dropped.get("equal_pair", 0) == len(given) - len(changed)


@pytest.mark.long
def test_what_three_people_prefer_is_what_most_of_them_said(story, load):
    people = (story.alice, story.vera, story.adam)
    said = {row["idx"]: row for row in rows_of("pandalm", "annotators.csv")}
    rows = read("pandalm", "answers.jsonl.gz")[:: size(25, 1)]
    pairs, trees = [], []
    for row in rows:
        # A few answers have nothing to see.
        texts = [text if text.strip() else "(nothing)" for text in row["answers"]]
        answers = story.answers(row["question"], *texts)
        trees.append((row["question"], *sorted(texts)))
        votes = [int(said[str(row["idx"])][f"annotator{number}"]) for number in (1, 2, 3)]
        for person, vote in zip(people, votes, strict=True):
            compare(story, answers, vote, by=person)
        most, count = Counter(votes).most_common(1)[0]
        assert count > 1
        if most:
            pairs.append((row["question"], *chosen(texts, most)))
    every_shape_holds(story, load, preference=pairs, openai_dpo=pairs, oasst=trees)
    assert {one["raters"] for one in records(story, "preference")} == {3}
    preview = story.vera.read(f"/dataset/preview/{MODEL}", shape="preference")
    ties = len(rows) - len(pairs)
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
    changed = [row for row in rows if correction_of(row)]
    pairs = [(row["question"], row["corrected"], row["answers"][0]) for row in changed]
    every_shape_holds(
        story,
        load,
        **targets(changed),
        raw=corrections(rows),
        preference=pairs,
        openai_dpo=pairs,
        oasst=[tree(row, row["answers"][:1]) for row in rows],
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
