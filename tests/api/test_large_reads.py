"""Few large reads run at a time, of one person and of all, wherever they are asked for."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import text

from app.db import transaction
from tests.model_side import MODEL
from tests.waiting import eventually
from tests.world import Person, problem

OF_ONE, OF_ALL = 2, 3
MANY = 10
READS = (
    *("/insights/volumes", "/insights/scores", "/insights/agreement", "/insights/time-to-verdict"),
    *("/insights/backlog", "/insights/retention", "/insights/dimensions"),
    *("/validation/stats", f"/dataset/preview/{MODEL}"),
)


@pytest.fixture
def patient(another):
    """Make applications whose statements wait as long as a test may take."""
    return partial(another, db_statement_seconds=60)


@pytest.fixture
def nodes(patient, alice):
    """Two nodes with few desks, where a model has been spoken to."""
    alice.interaction()
    return [patient(large_reads_of_one=OF_ONE, large_reads=OF_ALL) for _ in range(2)]


@pytest.fixture
def people():
    with ThreadPoolExecutor(MANY) as pool:
        yield pool


def read(node, name, path="/insights/volumes"):
    return Person(node.test_client(), name, "validator").get(path)


@pytest.fixture
def hold(app, nodes, people):
    """Let people read, who come to no end before the test does."""
    with app.app_context(), transaction() as session:
        session.execute(text("LOCK TABLE interactions IN ACCESS EXCLUSIVE MODE"))
        sent = []

        def begin(*names):
            sent.extend(people.submit(read, nodes[0], name) for name in names)
            waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            eventually(lambda: session.scalar(waits) == len(sent))

        yield begin
        session.rollback()
        assert [one.result(30).status_code for one in sent] == [200] * len(sent)


def test_one_more_of_a_person_is_refused_on_every_node(nodes, hold):
    hold(*["vera"] * OF_ONE)
    for node in nodes:
        for path in READS:
            refused = read(node, "vera", path)
            assert problem(refused, 429, "too_many_at_once")["limit"] == OF_ONE
            assert refused.headers["Retry-After"] == "2"


def test_others_have_theirs_until_all_are_taken(nodes, hold):
    hold(*["vera"] * OF_ONE, "vic")
    for node in nodes:
        refused = read(node, "vlad")
        problem(refused, 503, "too_many_large_reads")
        assert refused.headers["Retry-After"] == "2"
        problem(read(node, "vera"), 429, "too_many_at_once")
    # What is small is read meanwhile.
    assert read(nodes[1], "vera", "/feedback/pending").status_code == 200


def test_who_was_refused_or_has_read_has_taken_nothing(nodes):
    for path in READS * 2:
        assert read(nodes[0], "vera", path).status_code == 200
    for _ in range(OF_ALL + 1):
        problem(read(nodes[0], "vera", "/insights/volumes?by=never"), 422)
        problem(Person(nodes[0].test_client(), "alice", "user").get("/insights/volumes"), 403)
    assert read(nodes[1], "vera").status_code == 200


def test_nought_is_no_limit(app, patient, people):
    free = patient(large_reads_of_one=0, large_reads=0)
    with app.app_context(), transaction() as session:
        session.execute(text("LOCK TABLE interactions IN ACCESS EXCLUSIVE MODE"))
        sent = [people.submit(read, free, "vera") for _ in range(MANY)]
        waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        eventually(lambda: session.scalar(waits) == MANY)
    assert [one.result(30).status_code for one in sent] == [200] * MANY
