"""Many validators at one queue, killed and let down in between: N verdicts each, no place lost."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.caller import NeverSent, NoAnswer
from tests.faults.rebuilding import what_points_differ
from tests.model_side import MODEL
from tests.sizes import size
from tests.waiting import eventually

CLIENTS = size(12, 64)
ITEMS = size(30, 200)
KILLS = size(2, 8)
N = 3
_LONGEST_SECONDS = size(120, 900)
_PASSING = frozenset({409, 503})


class Validator:
    """Takes what comes next and judges it; leaves some of it lying, as people do."""

    def __init__(self, installation, number):
        self.caller = installation.caller(f"racer-{number}", "validator", seconds=20)
        self.told = Counter()
        self._chance = random.Random(number)

    def work(self, ends, finished):
        while not finished.is_set() and time.monotonic() < ends:
            try:
                self._once(finished)
            except (NeverSent, NoAnswer):
                finished.wait(0.1)

    def _once(self, finished):
        answer = self.caller.post("/validation/next", {})
        assert answer.status in {200, 204, 503}, (answer.status, answer.body)
        if answer.status != 200:
            finished.wait(0.1)
            return
        work = answer.json
        if self._chance.random() < 0.1:
            return  # Gone for a coffee; next time it is the same, or the lease has ended.
        self._judge(work)

    def _judge(self, work):
        feedback_id = work["feedback"]["id"]
        said = {
            "is_valid": self._chance.random() < 0.8,
            "lease_token": work["lease"]["token"],
        }
        answer = self.caller.post(f"/validation/feedback/{feedback_id}", said)
        assert answer.status in {201, *_PASSING}, (answer.status, answer.body)
        if answer.status == 201:
            self.told[feedback_id] += 1


@pytest.fixture
def queue(installation):
    """Feedback of several authors on a model that wants N verdicts, with short leases."""
    rules = {"validators": N, "lease_seconds": 2}
    admin = installation.caller("adam", "admin")
    assert admin.call("PUT", f"/validation/policies/{MODEL}", rules).status == 200
    author = installation.caller("author")
    ids = []
    interaction = author.made("/interactions", {"model_id": MODEL})
    path = f"/interactions/{interaction['id']}/prompts"
    for number in range(ITEMS):
        answer = author.made(path, {"content": f"question {number}"})
        body = {"response_id": answer["response"]["id"], "rating": "like"}
        ids.append(author.made("/feedback", body)["id"])
    yield ids
    admin.call("PUT", f"/validation/policies/{MODEL}", {})


def is_open(installation, ids):
    rows = installation.rows(
        "SELECT 1 FROM feedback WHERE id = ANY(%s::uuid[]) AND status = 'pending'", ids
    )
    return bool(rows)


@pytest.mark.long
def test_many_validators_give_n_verdicts_each_whoever_is_killed(installation, queue):
    finished, ends = threading.Event(), time.monotonic() + _LONGEST_SECONDS
    people = [Validator(installation, number) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        working = [pool.submit(person.work, ends, finished) for person in people]
        try:
            for number in range(KILLS):
                goal = (number + 1) * ITEMS * N // (KILLS + 2)
                eventually(lambda goal=goal: verdicts(people) >= goal, seconds=_LONGEST_SECONDS)
                installation.web.kill_worker(installation.web.worker_pids()[0])
            eventually(lambda: not is_open(installation, queue), seconds=_LONGEST_SECONDS)
        finally:
            finished.set()
        for one in working:
            one.result()
    check_verdicts(installation, queue, people)
    check_entries(installation, queue)
    assert what_points_differ(installation) == []


def verdicts(people):
    return sum(sum(person.told.values()) for person in people)


def check_verdicts(installation, ids, people):
    """Every feedback has N verdicts by N people, among them all that anybody was told of."""
    rows = installation.rows(
        "SELECT CAST(feedback_id AS text), count(*), count(DISTINCT validator_id) "
        "FROM validations WHERE feedback_id = ANY(%s::uuid[]) GROUP BY 1",
        ids,
    )
    counted = {feedback_id: (given, by) for feedback_id, given, by in rows}
    assert counted == dict.fromkeys(ids, (N, N))
    acknowledged = Counter()
    for person in people:
        assert max(person.told.values(), default=0) <= 1
        acknowledged += person.told
    assert all(acknowledged[feedback_id] <= N for feedback_id in ids)
    # A kill leaves a verdict that nobody was told of at most to those who were at work then.
    assert sum(acknowledged.values()) >= ITEMS * N - KILLS * CLIENTS
    taken = installation.rows(
        "SELECT 1 FROM validation_places WHERE feedback_id = ANY(%s::uuid[]) "
        "AND expires_at IS NOT NULL",
        ids,
    )
    assert taken == []


def check_entries(installation, ids):
    """There is an entry for what was validated, and for nothing else."""
    rows = installation.rows(
        "SELECT f.status, count(e.id), count(*) FROM feedback f "
        "LEFT JOIN dataset_entries e ON e.feedback_id = f.id AND e.withdrawn_at IS NULL "
        "WHERE f.id = ANY(%s::uuid[]) GROUP BY 1",
        ids,
    )
    found = {status: (entries, feedback) for status, entries, feedback in rows}
    assert found.keys() <= {"validated", "rejected"}
    assert found["validated"][0] == found["validated"][1]
    assert found.get("rejected", (0, 0))[0] == 0
    events = installation.rows(
        "SELECT count(*) FROM events WHERE type = 'dataset.entry_added' "
        "AND data ->> 'feedback_id' = ANY(%s)",
        ids,
    )
    assert events == [(found["validated"][0],)]
