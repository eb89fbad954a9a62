"""An export while others write: nothing is skipped, nothing comes twice, little is held (R19)."""

import json
from threading import Event
from uuid import UUID

import pytest

from app.db import db
from app.services import row_parts
from tests.crowd import fill
from tests.erasing import ask, erase_now
from tests.model_side import MODEL
from tests.sizes import size
from tests.world import Person

PATH = f"/dataset/model/{MODEL}/export"


@pytest.mark.long
@pytest.mark.parametrize(("shape", "name"), [("entries", "id"), ("raw", "entry_id")])
def test_r19_what_was_there_comes_once_whatever_is_added_meanwhile(
    app, vera, background, shape, name
):
    fill(app, size(3000, 60_000), every=2)
    pages = vera.walk(f"/dataset/model/{MODEL}", limit=100)
    before = {item["id"] for page in pages for item in page}
    begun, over = Event(), Event()

    def write():
        writer = Person(app.test_client(), "alice", "user")
        judge = Person(app.test_client(), "vera", "validator")
        begun.wait(60)
        made = 0
        while not over.is_set():
            judge.verdict(writer.feedback()["id"])
            made += 1
        return made

    writing = [background(write) for _ in range(2)]
    query = {"shape": shape, "format": "jsonl"}
    found = []
    try:
        for piece in vera.get(PATH, query_string=query).response:
            begun.set()
            found += [json.loads(line)[name] for line in piece.split(b"\n") if line]
    finally:
        begun.set()
        over.set()
    assert all(made.result() > 0 for made in writing)
    assert len(found) == len(set(found))
    assert before <= set(found)
    assert all(UUID(one).version == 7 for one in found)


def test_a_reader_that_leaves_leaves_nothing_open(app, vera):
    fill(app, 2400, every=2)
    answer = vera.get(PATH, query_string={"format": "jsonl"})
    next(iter(answer.response))
    answer.close()
    with app.app_context():
        assert db.engine.pool.checkedout() == 0


def test_what_is_erased_while_a_batch_is_read_is_in_it_whole_or_not_at_all(
    app, alice, vera, monkeypatch
):
    vera.verdict(alice.feedback(rating="like")["id"])
    query = {"shape": "sft", "format": "jsonl"}
    whole = vera.get(PATH, query_string=query).data
    job_id, answers = ask(alice), row_parts._answers

    def erased_then(*args):
        found = answers(*args)
        monkeypatch.setattr(row_parts, "_answers", answers)
        erase_now(app, job_id)
        return found

    monkeypatch.setattr(row_parts, "_answers", erased_then)
    assert vera.get(PATH, query_string=query).data == whole
    assert vera.get(PATH, query_string=query).data == b""
