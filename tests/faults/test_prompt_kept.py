"""Stored before asked, stored before replied: a prompt outlives whatever is killed around it."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from tests.faults.caller import NeverSent, NoAnswer
from tests.faults.ledger import ACKNOWLEDGED, REFUSED, UNKNOWN
from tests.faults.processes import kill_database
from tests.model_side import MODEL, Reply
from tests.sizes import size

PEOPLE = 6
_numbers = count()


@pytest.fixture
def gate(model_side):
    """Hold the model's answers until it is set."""
    held = threading.Event()
    model_side.query_reply = lambda _: Reply([{"generated_text": "Held."}], gate=held)
    yield held
    held.set()


@pytest.fixture
def ask(installation):
    """Send a prompt in a conversation of its own, by a thread that may be waited for."""
    caller = installation.caller(f"asker-{next(_numbers)}")
    path = f"/interactions/{caller.made('/interactions', {'model_id': MODEL})['id']}/prompts"
    with ThreadPoolExecutor(1) as thread:
        yield lambda: thread.submit(caller.post, path, {"content": "Still there?"})


@pytest.mark.long
def test_web_is_killed_at_any_moment_of_a_prompt(installation, model_side, ledger):
    for number in range(size(1, 50)):
        _kill_while_asking(installation, model_side, ledger, f"round-{number}")
    installation.nothing_stays_open()
    asked = {body["query"] for _, body in model_side.calls}
    rows = installation.rows(
        "SELECT p.content, r.status, r.error->>'code' FROM prompts p "
        "LEFT JOIN responses r ON r.prompt_id = p.id WHERE p.content LIKE 'round-%%'"
    )
    stored = {content: (status, code) for content, status, code in rows}
    findings = ledger.compare(dict.fromkeys(stored, 1))
    assert findings.faultless, findings
    assert asked <= stored.keys()
    assert set(stored.values()) <= {("complete", None), ("failed", "interrupted")}
    assert {stored[mark][0] for mark in findings.acknowledged} <= {"complete"}
    assert len(rows) == len(stored)


def _kill_while_asking(installation, model_side, ledger, name):
    callers = [installation.caller(f"{name}-{number}") for number in range(PEOPLE)]
    paths = [
        f"/interactions/{caller.made('/interactions', {'model_id': MODEL})['id']}/prompts"
        for caller in callers
    ]
    model_side.asked.clear()

    def ask(number):
        mark = f"{name}:{number}"
        ledger.sent(mark)
        try:
            told = callers[number].post(paths[number], {"content": mark}).status
            ledger.came(mark, ACKNOWLEDGED if told == 201 else UNKNOWN)
        except NeverSent:
            ledger.came(mark, REFUSED)
        except NoAnswer:
            ledger.came(mark, UNKNOWN)

    with ThreadPoolExecutor(PEOPLE) as people:
        done = [people.submit(ask, number) for number in range(PEOPLE)]
        model_side.asked.wait(10)
        threading.Event().wait(random.uniform(0, 0.03))  # Any moment, not a certain one.
        installation.web.kill_everything()
    assert all(one.exception() is None for one in done)
    installation.web.begin()
    installation.web.wait_ready()


def test_an_answer_is_kept_while_the_database_is_away(installation, model_side, gate, ask):
    answer = ask()
    assert model_side.asked.wait(10)
    kill_database(installation.postgres)
    gate.set()
    installation.postgres.begin()
    installation.postgres.wait_ready()
    reply = answer.result(30)
    assert reply.status == 201
    assert reply.json["response"]["content"] == "Held."
    assert reply.json["response"]["status"] == "complete"


def test_an_answer_that_cannot_be_stored_is_ended_once_the_database_is_back(
    installation, model_side, gate, ask
):
    worker_pid = installation.worker.pid
    answer = ask()
    assert model_side.asked.wait(10)
    kill_database(installation.postgres)
    try:
        gate.set()
        reply = answer.result(30)
    finally:
        installation.postgres.begin()
        installation.postgres.wait_ready()
    assert (reply.status, reply.json["code"]) == (503, "unavailable")
    # The worker has outlived the outage, too.
    installation.nothing_stays_open()
    assert (installation.worker.poll(), installation.worker.pid) == (None, worker_pid)
    ids = (reply.json["prompt_id"], reply.json["response_id"])
    query = "SELECT status FROM responses WHERE prompt_id = %s AND id = %s"
    assert installation.rows(query, *ids) == [("failed",)]
