"""By lot or by worth: how work is chosen, and that the way it was chosen is kept."""

from collections import Counter

import pytest
from sqlalchemy import text

from app.db import transaction
from tests.model_side import MODEL
from tests.world import Person


@pytest.fixture
def share(adam):
    """Say which part of the work is handed out by lot."""

    def put(part, model_id="all"):
        answer = adam.put(f"/validation/policies/{model_id}", {"random_share": part})
        assert answer.status_code == 200

    return put


@pytest.fixture
def kept(app):
    """Return in which ways how much was handed out."""

    def read():
        with app.app_context(), transaction() as session:
            return Counter(session.scalars(text("SELECT way FROM handouts")))

    return read


def take_all(app, count, **body):
    """Take everything, each by a person of their own."""
    taken = []
    for number in range(count):
        person = Person(app.test_client(), f"judge-{number}", "validator")
        taken.append(person.post("/validation/next", body).json["feedback"]["id"])
    last = Person(app.test_client(), "last", "validator").post("/validation/next", body)
    assert last.status_code == 204
    return taken


def test_by_worth_the_most_worth_comes_first(app, alice, share, kept):
    share(0)
    given = [alice.feedback(rating=rating)["id"] for rating in ("like", "dislike") * 4]
    taken = take_all(app, 8)
    assert set(taken[:4]) == set(given[1::2])
    assert set(taken[4:]) == set(given[::2])
    assert kept() == {"priority": 8}


@pytest.mark.parametrize("body", [{}, {"model_id": MODEL}])
def test_by_lot_nothing_is_left_out_and_the_order_is_another(app, alice, share, kept, body):
    share(1)
    given = [alice.feedback(flag="Look.")["id"] for _ in range(6)]
    given += [alice.feedback(rating="like")["id"] for _ in range(6)]
    taken = take_all(app, 12, **body)
    assert set(taken) == set(given)
    # By worth the flags would come first; by lot that is one chance in 924, and their order
    # among themselves one in 720.
    by_worth = [*reversed(given[:6]), *reversed(given[6:])]
    assert taken != by_worth
    assert kept() == {"random": 12}


def test_a_draw_keeps_off_ones_own_and_what_concerns_ones_own(alice, vera, adam, share):
    share(1)
    vera.feedback(alice.response()["id"])
    adam.feedback(vera.response()["id"])
    assert vera.post("/validation/next", {}).status_code == 204


def test_a_models_own_share_holds_where_its_work_is_asked_for(app, alice, share, kept):
    share(0)
    share(1, MODEL)
    for _ in range(4):
        alice.feedback()
    for number in range(2):
        person = Person(app.test_client(), f"judge-{number}", "validator")
        person.post("/validation/next", {"model_id": MODEL})
    Person(app.test_client(), "other", "validator").post("/validation/next", {})
    assert kept() == {"random": 2, "priority": 1}


def test_who_asks_again_is_handed_nothing_new(alice, vera, share, kept):
    share(0)
    alice.feedback()
    for _ in range(3):
        work = vera.post("/validation/next", {}).json
    assert kept() == {"priority": 1}
    # Given back and taken again, it is handed out a second time.
    assert vera.delete(f"/validation/leases/{work['lease']['token']}").status_code == 204
    vera.post("/validation/next", {})
    assert kept() == {"priority": 2}
