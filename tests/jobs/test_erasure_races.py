"""An erasure, and others at the same things in the same moment: nobody waits in a circle, and
whoever was first leaves no name behind.
"""

from contextlib import contextmanager, suppress
from threading import Event
from uuid import UUID

import pytest
from sqlalchemy import text

from app.clients.live import LiveTokens
from app.db import db, transaction, transactions_of
from app.jobs import messages
from app.services.message_answers import TryLater
from tests.erasing import ask, erase_now
from tests.freezing import begin, build
from tests.model_side import MODEL, Reply
from tests.sizes import size
from tests.waiting import eventually
from tests.world import Person, created, problem

# What was said under the one name, and told of under the other.
LINKED = """
SELECT e.type FROM events e
JOIN feedback f ON f.interaction_id = e.interaction_id
JOIN interactions i ON i.id = e.interaction_id
WHERE (e.actor LIKE 'erased:%') AND 'alice' IN (f.user_id, f.owner_id, i.user_id)
UNION ALL
SELECT 'words' FROM feedback WHERE user_id LIKE 'erased:%' AND overall_comment IS NOT NULL
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


class Held:
    """Rows that a connection of the test's own holds, so that others wait for it."""

    def __init__(self, connection):
        self._connection = connection

    def hold(self, rows):
        found = self._connection.execute(text(f"SELECT 1 FROM {rows} FOR UPDATE")).all()
        assert found, rows

    def release(self):
        self._connection.rollback()


@pytest.fixture
def held(app):
    with app.app_context(), db.engine.connect() as connection:
        yield Held(connection)


@pytest.fixture
def meet(app, background, held, sql):
    """Let somebody act and wait for held rows, and an erasure run until it ends or waits, too."""

    def run(rows, act, job_id):
        held.hold(rows)
        acting = background(act)
        eventually(lambda: sql(WAITING) == [(1,)])
        erasure = background(erase_now, app, job_id)
        eventually(lambda: erasure.done() or sql(WAITING) == [(2,)])
        held.release()
        done = acting.result()
        # It was a job of theirs, perhaps, which the erasure does not wait for.
        with suppress(TryLater):
            erasure.result()
        erase_now(app, job_id)
        return done

    return run


@pytest.fixture
def amid(app, sql):
    """Let somebody act when a conversation has been erased and nobody can see it, yet.

    The erasure goes on once they wait for it, or ``is_over`` says that they do not.
    """

    def run(act, job_id, is_over=lambda: False):
        done = []

        @contextmanager
        def transactions():
            with transaction() as session:
                yield session
                erased = session.scalar(text("SELECT count(erased_at) FROM interactions"))
                if erased and not done:
                    done.append(act())
                    eventually(lambda: sql(WAITING) == [(1,)] or is_over())

        erase_now(app, job_id, transactions)
        return done[0]

    return run


@pytest.fixture
def answerer(app):
    """Answer a message as a worker does, on whichever thread."""
    extensions = app.extensions
    return messages.answerer(extensions["settings"], extensions["remotes"], transactions_of(app))


@pytest.fixture
def person(app):
    """Return people with clients of their own, for threads."""
    return lambda name, *roles: Person(app.test_client(), name, *roles)


@pytest.fixture
def points_agree(app):
    def check():
        checked = app.test_cli_runner().invoke(args=["points", "rebuild", "--check"])
        return "0 rows different" in checked.stdout

    return check


def test_a_decision_names_no_validator_who_is_forgotten_meanwhile(
    alice, person, meet, sql, dump, points_agree
):
    given, victor = alice.feedback()["id"], person("victor", "validator")
    victor.verdict(given, notes="canary")
    body = {"is_valid": False, "notes": "After all."}
    decide = lambda: person("adam", "admin").post(f"/feedback/{given}/decision", body)
    # Its names have been read by then, and its event is not written yet.
    created(meet("contributors WHERE user_id = 'alice'", decide, ask(victor)))
    assert sql("SELECT status FROM feedback") == [("rejected",)]
    assert dump("victor") == dump("canary") == []
    assert points_agree()


def test_a_verdict_names_nobody_who_is_forgotten_meanwhile(
    alice, adam, person, meet, dump, points_agree
):
    adam.put("/validation/policies/all", {"validators": 2})
    given, victor = alice.feedback()["id"], person("victor", "validator")
    victor.verdict(given, notes="canary")
    judge = lambda: person("vera", "validator").verdict(given)
    assert meet("feedback", judge, ask(victor))["feedback_status"] == "validated"
    assert dump("victor") == dump("canary") == []
    assert points_agree()


def test_who_judges_and_who_is_forgotten_do_not_wait_in_a_circle(
    alice, vera, person, meet, sql, dump
):
    first, given = (alice.feedback(overall_comment="canary")["id"] for _ in range(2))
    vera.verdict(first)
    # The verdict has its feedback, and names the conversation with the entry that it makes.
    rows = "contributors WHERE user_id = 'alice'"
    judge = lambda: person("vera", "validator").verdict(given)
    assert meet(rows, judge, ask(alice))["feedback_status"] == "validated"
    withdrawn = "SELECT count(*), count(withdrawn_at) FROM dataset_entries"
    assert sql(withdrawn) == [(2, 2)]
    assert dump("canary") == dump("alice") == []


def test_who_rates_and_who_is_forgotten_do_not_wait_in_a_circle(
    alice, vera, person, meet, sql, dump
):
    vera.feedback(alice.response()["id"])
    response_id = alice.response()["id"]
    body = {"response_id": response_id, "overall_comment": "canary"}
    rate = lambda: person("vera", "validator").post("/feedback", body)
    # The response is hers, and she names the conversation with what she gives.
    created(meet("contributor_days WHERE user_id = 'vera'", rate, ask(alice)))
    assert sql("SELECT count(*) FROM feedback WHERE status = 'withdrawn'") == [(2,)]
    assert dump("canary") == dump("alice") == []


def test_an_answer_that_is_asked_for_meanwhile_is_not_made(
    alice, person, background, amid, sql, model_side
):
    path = f"/prompts/{alice.exchange()['prompt']['id']}/responses"
    again = lambda: background(person("alice", "user").post, path, {})
    problem(amid(again, ask(alice)).result(), 409, "interaction_ended")
    assert sql("SELECT count(*), count(content) FROM responses") == [(1, 0)]
    assert len(model_side.calls) == 1


def test_a_message_that_is_tried_again_meanwhile_is_not_answered(
    alice, answerer, background, amid, sql, model_side
):
    job_id = message(alice)
    sql("UPDATE responses SET status = 'failed', completed_at = now()")
    amid(lambda: background(answerer, job_id=job_id), ask(alice)).result()
    assert sql("SELECT status, content FROM responses") == [("failed", None)]
    assert model_side.calls == []


def test_who_tries_again_and_who_is_forgotten_do_not_wait_in_a_circle(
    alice, answerer, meet, sql, dump
):
    job_id = message(alice)
    sql("UPDATE jobs SET status = 'running', attempts = 1 WHERE kind = 'message'")
    sql("UPDATE responses SET status = 'streaming', reserved_tokens = 9, estimated_tokens = 9")
    sql(
        "INSERT INTO token_usage (user_id, day, reserved, requests)"
        " VALUES ('alice', CAST(now() AT TIME ZONE 'UTC' AS date), 9, 1)"
    )
    # The first try's response is ended then, and the second one's not made yet.
    meet("token_usage", lambda: answerer(job_id=job_id), ask(alice))
    assert sql("SELECT count(*), count(content) FROM responses") == [(2, 0)]
    assert dump("Why?") == []


def test_a_message_of_whose_job_nothing_is_left_is_not_answered(alice, answerer, sql, model_side):
    job_id = message(alice)
    sql("UPDATE jobs SET arguments = NULL")
    answerer(job_id=job_id)
    assert sql("SELECT status, result FROM jobs") == [("succeeded", None)]
    assert model_side.calls == []


def message(person):
    """Send a message, which nobody answers yet, and return its job's id."""
    path = f"/interactions/{person.interaction()['id']}/messages"
    return person.post(path, {"content": "Why?"}).json["job_id"]


def test_what_is_streamed_meanwhile_is_not_kept(app, alice, amid, sql, dump):
    response_id, journal = UUID(alice.response()["id"]), app.extensions["journal"]
    sql("UPDATE responses SET status = 'streaming', completed_at = NULL")

    def stream():
        entry = journal.open(response_id)
        entry.add("canary")
        return entry

    kept = "SELECT count(*) FROM response_chunks"
    entry = amid(stream, ask(alice), is_over=lambda: sql(kept) == [(1,)])
    entry.add("canary")
    eventually(lambda: not entry.is_wanted)
    entry.close()
    assert dump("canary") == []


def test_what_is_streamed_on_does_not_stay_in_redis(app, alice, streaming, carried):
    response_id = streaming(alice)
    entry = app.extensions["journal"].open(response_id)
    entry.add("before")
    eventually(lambda: carried(response_id) and entry.written)
    erase_now(app, ask(alice))
    assert carried(response_id) == []
    entry.add("canary")
    eventually(lambda: not entry.is_wanted)
    eventually(lambda: carried(response_id) == [])
    entry.add("canary")
    entry.close()
    entry.tell_end()
    (end,) = eventually(lambda: carried(response_id))
    assert (end.texts, end.ended) == ([], True)


def test_what_comes_last_does_not_stay_in_redis(
    app, alice, answerer, background, carried, model_side, sql
):
    gate = Event()
    model_side.chat_reply = lambda _: Reply({}, stream=["before", gate, "canary"])
    job_id = message(alice)
    ((response_id,),) = sql("SELECT id FROM responses")
    working = background(answerer, job_id=job_id)
    eventually(lambda: carried(response_id))
    erased = ask(alice)
    with suppress(TryLater):
        erase_now(app, erased)
    gate.set()
    working.result()
    eventually(lambda: any(one.ended for one in carried(response_id)))
    assert [one.texts for one in carried(response_id)] == [[]]
    erase_now(app, erased)
    assert [status for (status,) in sql("SELECT status FROM jobs")] == ["succeeded", "succeeded"]


@pytest.fixture
def streaming(sql):
    """Let somebody have an answer that is being streamed, and return its id."""

    def begin_again(person):
        response_id = person.response()["id"]
        sql("UPDATE responses SET status = 'streaming', completed_at = NULL")
        return UUID(response_id)

    return begin_again


@pytest.fixture
def carried(app):
    """Return what Redis has of an answer."""
    live = app.extensions["remotes"].live
    return lambda response_id: live.read(response_id, first=0, seconds=0)


def test_what_a_killed_worker_had_told_of_is_not_kept(
    app, alice, answerer, background, amid, sql, dump
):
    job_id, live = message(alice), app.extensions["remotes"].live
    sql("UPDATE jobs SET status = 'running', attempts = 1")
    sql("UPDATE responses SET status = 'streaming'")
    ((response_id,),) = sql("SELECT id FROM responses")
    live.publish(LiveTokens(response_id, 0, ["canary"]))
    eventually(lambda: live.read(response_id, first=0, seconds=0))
    amid(lambda: background(answerer, job_id=job_id), ask(alice)).result()
    assert dump("canary") == []


@pytest.mark.parametrize("forgotten", ["alice", "victor"])
def test_what_a_version_takes_meanwhile_is_not_in_it(
    app, alice, adam, person, background, sql, dump, forgotten
):
    people = {"alice": alice, "victor": person("victor", "validator")}
    given = alice.feedback(rating="dislike", overall_comment="parrot")
    people["victor"].verdict(given["id"], correction="canary")
    begun = begin(adam)
    taken, goes_on = Event(), Event()

    @contextmanager
    def waits_with_what_it_took():
        with transaction() as session:
            yield session
            rows = session.scalar(text("SELECT count(*) FROM dataset_version_contents"))
            if rows and not taken.is_set():
                taken.set()
                goes_on.wait(60)

    def erase():
        while True:
            try:
                return erase_now(app, job_id)
            except TryLater:
                goes_on.wait(60)

    freezes = background(build, app, begun, waits_with_what_it_took)
    taken.wait(60)
    job_id = ask(people[forgotten])
    erasure = background(erase)
    eventually(lambda: erasure.done() or sql(WAITING) == [(1,)])
    goes_on.set()
    freezes.result()
    erasure.result()
    assert dump("canary") == dump(forgotten) == []
    assert (dump("parrot") == []) is (forgotten == "alice")


def test_what_a_version_has_read_and_is_erased_before_it_is_kept_is_not_in_it(
    app, alice, bob, vera, adam, amid, background, held, sql, dump
):
    """A row from before there were salts is held: it gets its salt between the two."""
    vera.verdict(bob.feedback(overall_comment="parrot")["id"])
    old = "dataset_entries WHERE salt IS NULL"
    sql("UPDATE dataset_entries SET salt = NULL")
    vera.verdict(alice.feedback(overall_comment="canary")["id"])
    compare(alice, "canary")
    begun = begin(adam)
    held.hold(old)
    act = lambda: background(build, app, begun)
    erasure = background(amid, act, ask(alice))
    # The erasure comes to the version, which is being built.
    eventually(lambda: erasure.done() or sql(WAITING) == [(2,)])
    held.release()
    erasure.result().result()
    assert adam.read(f"/dataset/versions/{begun['id']}")["rows"] == 1
    assert sql(f"SELECT count(*) FROM {old}") == [(1,)]
    assert dump("canary") == dump("alice") == []
    assert dump("parrot") != []


def compare(person, content):
    """Ask, have it answered twice, and say which answer is better."""
    asked = person.exchange(content)
    path = f"/prompts/{asked['prompt']['id']}/responses"
    ranking = [[asked["response"]["id"]], [created(person.post(path, {}))["id"]]]
    body = {"prompt_id": asked["prompt"]["id"], "ranking": ranking}
    created(person.post("/feedback/preferences", body))


def test_an_export_that_begins_meanwhile_has_nothing_of_theirs(
    alice, vera, adam, person, background, amid
):
    vera.verdict(alice.feedback(overall_comment="canary")["id"])
    path = f"/dataset/model/{MODEL}/export?shape=raw"
    fetch = lambda: background(lambda: person("vera", "validator").get(path).json)
    job_id = ask(alice)
    assert amid(fetch, job_id).result() == []
    assert adam.read(f"/jobs/{job_id}")["result"]["exports"] == []


def test_who_never_stops_is_forgotten_all_the_same(app, alice, adam, sql):
    """A conversation comes with every transaction, and there are twenty in a batch."""
    alice.interaction(title="canary")
    job_id, most = ask(alice), 1_000
    given = text("INSERT INTO interactions (id, user_id, model_id, training_consent)"
                 " VALUES (uuidv7(), 'alice', :model_id, false)")  # fmt: skip
    number = 0

    @contextmanager
    def transactions():
        nonlocal number
        number += 1
        assert number < most, "it goes on as long as she does"
        with transaction() as session:
            session.execute(given, {"model_id": MODEL})
        with transaction() as session:
            yield session

    erase_now(app, job_id, transactions)
    assert adam.read(f"/jobs/{job_id}")["status"] == "succeeded"
    assert sql("SELECT count(*) FROM interactions WHERE title IS NOT NULL") == [(0,)]


@pytest.mark.long
def test_who_goes_on_while_they_are_forgotten_begins_anew_and_is_not_linked(app, alice, sql):
    """Whatever is said before any batch: all of it has one name, and texts have the old one."""
    alice.feedback()
    number, is_over = 1, False
    while not is_over:
        left = [number]

        @contextmanager
        def transactions(left=left):
            left[0] -= 1
            if left[0] == 0:
                alice.feedback(overall_comment="canary")
            with transaction() as session:
                yield session

        erase_now(app, ask(alice), transactions)
        assert sql(LINKED) == [], number
        is_over = left[0] > 0
        number += size(7, 1)
    assert number > 40
