"""R33: many approve and reject the same feedback at once, and processes are killed meanwhile.

One verdict decides each, the dataset has what was approved and nothing else, and the points are
those that the log makes, also when they are rebuilt in the middle of it.
"""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.caller import NeverSent, NoAnswer
from tests.faults.rebuilding import rebuild_points, what_points_differ
from tests.model_side import MODEL
from tests.sizes import size
from tests.waiting import eventually

VALIDATORS = size(6, 50)
ITEMS = size(24, 1000)
AUTHORS = size(3, 20)
KILLS = size(2, 8)
_LONGEST_SECONDS = size(120, 1800)


class Validator:
    """Judges everything that there is, in an order of their own."""

    def __init__(self, installation, number, ids):
        self.caller = installation.caller(f"approver-{number}", "validator", seconds=20)
        self.told = {}
        self._chance = random.Random(number)
        self._ids = self._chance.sample(ids, len(ids))

    def work(self, ends):
        for feedback_id in self._ids:
            is_valid = self._chance.random() < 0.6
            while not self._judge(feedback_id, is_valid=is_valid):
                assert time.monotonic() < ends, "it took too long"

    def _judge(self, feedback_id, *, is_valid):
        """Say whether it is known what became of the verdict, or of another one."""
        path = f"/validation/feedback/{feedback_id}"
        try:
            answer = self.caller.post(path, {"is_valid": is_valid})
        except (NeverSent, NoAnswer):
            threading.Event().wait(0.1)
            return False
        assert answer.status in {201, 409, 503}, (answer.status, answer.body)
        if answer.status == 201:
            self.told[feedback_id] = is_valid
        return answer.status != 503


@pytest.fixture
def feedback(installation):
    """Feedback by several people, which one verdict decides."""
    ids = []
    for number in range(AUTHORS):
        author = installation.caller(f"approved-{number}")
        interaction = author.made("/interactions", {"model_id": MODEL})
        path = f"/interactions/{interaction['id']}/prompts"
        for question in range(ITEMS // AUTHORS):
            answer = author.made(path, {"content": f"question {question}"})
            body = {"response_id": answer["response"]["id"], "correction": "Better so."}
            ids.append(author.made("/feedback", body)["id"])
    return ids


@pytest.mark.long
def test_r33_one_wins_each_and_dataset_and_points_agree_with_it(installation, feedback):
    people = [Validator(installation, number, feedback) for number in range(VALIDATORS)]
    ends = time.monotonic() + _LONGEST_SECONDS
    with ThreadPoolExecutor(VALIDATORS) as pool:
        working = [pool.submit(person.work, ends) for person in people]
        for number in range(KILLS):
            goal = (number + 1) * len(feedback) // (KILLS + 1)
            eventually(lambda goal=goal: decided(installation, feedback) >= goal, seconds=600)
            installation.web.kill_worker(installation.web.worker_pids()[0])
            assert rebuild_points(installation) == 0
        for one in working:
            one.result()
    check_winners(installation, feedback, people)
    check_points(installation, feedback)
    assert what_points_differ(installation) == []


def decided(installation, ids):
    rows = installation.rows(
        "SELECT 1 FROM feedback WHERE id = ANY(%s::uuid[]) AND status <> 'pending'", ids
    )
    return len(rows)


def check_winners(installation, ids, people):
    """There is one verdict on each, and an entry for each that is validated; nothing else."""
    rows = installation.rows(
        "SELECT CAST(f.id AS text), f.status, count(v.id), bool_and(v.is_valid), count(e.id) "
        "FROM feedback f JOIN validations v ON v.feedback_id = f.id "
        "LEFT JOIN dataset_entries e ON e.feedback_id = f.id AND e.withdrawn_at IS NULL "
        "WHERE f.id = ANY(%s::uuid[]) GROUP BY 1, 2",
        ids,
    )
    assert {row[0] for row in rows} == set(ids)
    outcome = {True: ("validated", 1), False: ("rejected", 0)}
    for _, status, verdicts, is_valid, entries in rows:
        assert (verdicts, status, entries) == (1, *outcome[is_valid])
    # Who was told of a verdict has decided, and nobody else was told so.
    stored = {row[0]: row[3] for row in rows}
    told = [one for person in people for one in person.told.items()]
    assert max(Counter(feedback_id for feedback_id, _ in told).values()) == 1
    assert all(stored[feedback_id] is is_valid for feedback_id, is_valid in told)
    assert len(told) >= len(ids) - KILLS * VALIDATORS


def check_points(installation, ids):
    """Each verdict has given points once, and each validated feedback as well."""
    rows = installation.rows(
        "SELECT rule, count(*), count(DISTINCT subject) FROM points_entries "
        "WHERE feedback_id = ANY(%s::uuid[]) GROUP BY 1",
        ids,
    )
    validated = installation.rows(
        "SELECT 1 FROM feedback WHERE id = ANY(%s::uuid[]) AND status = 'validated'", ids
    )
    number = len(validated)
    assert {rule: counts for rule, *counts in rows} == {
        "verdict_given": [len(ids), len(ids)],
        "feedback_validated": [number, number],
        "correction_validated": [number, number],
    }
