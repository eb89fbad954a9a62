"""Lists walk by key: every row once, whatever is added meanwhile, and no cursor but theirs."""

import base64
import json

import pytest
from sqlalchemy import text

from app.db import transaction
from tests.crowd import fill
from tests.model_side import MODEL
from tests.world import problem

LISTS = {
    "interactions": ("alice", "/interactions"),
    "own feedback": ("alice", "/feedback/user"),
    "pending": ("vera", "/feedback/pending"),
    "entries": ("vera", f"/dataset/model/{MODEL}"),
    "dimensions": ("alice", f"/dimensions/model/{MODEL}"),
}


@pytest.fixture
def people(alice, vera):
    return {"alice": alice, "vera": vera}


@pytest.fixture(params=LISTS.values(), ids=LISTS.keys())
def listing(request, people):
    name, path = request.param
    return people[name], path


def cursor_of(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_page_has_twenty_items_where_nothing_is_said(app, alice, vera):
    fill(app, 300)
    for person, path in ((alice, "/interactions"), (vera, "/feedback/pending")):
        page = person.read(path)
        assert len(page["items"]) == 20
        assert page["next_cursor"]


def test_what_is_said_twice_is_refused(listing):
    person, path = listing
    answer = person.get(f"{path}?limit=1&limit=2")
    assert problem(answer, 422, "invalid")["errors"] == {"limit": ["expected it once"]}


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "ten", "", "1_0", "٣", "+5", " 5"])
def test_a_limit_is_from_one_to_a_hundred(listing, limit):
    person, path = listing
    answer = person.get(path, query_string={"limit": limit})
    assert problem(answer, 422, "invalid")["errors"].keys() == {"limit"}


def test_a_hundred_come_at_once_if_wanted(app, alice):
    fill(app, 1200)
    assert len(alice.read("/interactions", limit=100)["items"]) == 100


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "=",
        "!!!!",
        "é",
        cursor_of("x"),
        cursor_of({}),
        cursor_of([]),
        cursor_of([None]),
        cursor_of([1]),
        cursor_of(["not a uuid"]),
        cursor_of(["0199c0de-0000-7000-8000-000000000001"] * 3),
        cursor_of([True, "0199c0de-0000-7000-8000-000000000001"]),
        cursor_of([2**31, "0199c0de-0000-7000-8000-000000000001"]),
        "x" * 201,
        "",
    ],
)
def test_a_cursor_that_the_list_did_not_give_is_refused(listing, cursor):
    person, path = listing
    answer = person.get(path, query_string={"cursor": cursor})
    assert problem(answer, 422, "invalid")["errors"].keys() == {"cursor"}


@pytest.mark.parametrize("cursor", [cursor_of([1]), cursor_of(["a", "b"]), cursor_of([1, 2, 3])])
def test_a_historys_cursor_is_checked_as_well(alice, cursor):
    path = f"/interactions/{alice.interaction()['id']}/history"
    answer = alice.get(path, query_string={"cursor": cursor})
    assert problem(answer, 422, "invalid")["errors"].keys() == {"cursor"}


def test_whatever_the_page_size_every_row_comes_once(app, people, listing):
    fill(app, 180)
    person, path = listing
    whole = [item["id"] for page in person.walk(path, limit=100) for item in page]
    assert len(set(whole)) == len(whole) >= 5
    for limit in (1, 7, len(whole)):
        pages = list(person.walk(path, limit=limit))
        assert [item["id"] for page in pages for item in page] == whole
        assert all(len(page) == limit for page in pages[:-1])


def test_rows_that_are_added_during_a_walk_disturb_nothing(app, alice):
    fill(app, 300)
    before = {item["id"] for page in alice.walk("/interactions", limit=100) for item in page}
    found = []
    for page in alice.walk("/interactions", limit=4):
        found += [item["id"] for item in page]
        alice.interaction()
    assert len(found) == len(set(found))
    assert before == set(found)


def test_rows_of_one_moment_are_told_apart(app, vera):
    fill(app, 300)
    with app.app_context(), transaction() as session:
        session.execute(text("UPDATE feedback SET priority = 1.25"))
        pending = session.scalar(text("SELECT count(*) FROM feedback WHERE status = 'pending'"))
    whole = [item["id"] for page in vera.walk("/feedback/pending", limit=100) for item in page]
    small = [item["id"] for page in vera.walk("/feedback/pending", limit=7) for item in page]
    assert len(set(whole)) == pending > 100
    assert small == whole
