"""An export while others write: nothing is skipped, nothing comes twice, little is held (R19)."""

import json
from threading import Event
from uuid import UUID

import pytest

from app.db import db
from tests.crowd import fill
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
