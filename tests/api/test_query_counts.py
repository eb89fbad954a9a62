"""Every list takes the same number of queries for two rows and for sixty."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from app.db import transaction
from tests.crowd import fill
from tests.freezing import freeze_now
from tests.model_side import MODEL
from tests.scene import failed_job
from tests.statements import statements
from tests.world import Person, created

LISTS = {
    "interactions": ("alice", "/interactions?limit=100"),
    "interactions of a model": ("alice", f"/interactions?limit=100&model_id={MODEL}&status=active"),
    "history": ("alice", "/interactions/{interaction}/history?limit=100"),
    "messages": ("alice", "/interactions/{interaction}/messages?limit=100"),
    "own feedback": ("alice", "/feedback/user?limit=100"),
    "pending feedback": ("vera", "/feedback/pending?limit=100"),
    "wanted answers": ("vera", "/feedback/wanted?limit=100"),
    "wanted answers of one's own": ("alice", "/feedback/wanted?limit=100"),
    "priority statistics": ("vera", "/validation/priority"),
    "preferences": ("vera", "/feedback/preferences?limit=100"),
    "revisions": ("alice", "/feedback/{feedback}/revisions?limit=100"),
    "verdicts": ("alice", "/validation/feedback/{judged}?limit=100"),
    "tied feedback": ("adam", "/feedback/tied?limit=100"),
    "gold": ("adam", "/validation/gold?limit=100"),
    "reliability": ("adam", "/validation/reliability?limit=100"),
    "contradictions": ("adam", "/validation/contradictions?limit=100"),
    "kappas": ("adam", "/validation/kappas?limit=100"),
    "signals": ("adam", "/validation/signals?limit=100"),
    "feedback of a response": ("alice", "/feedback/response/{response}?limit=100"),
    "dimensions": ("alice", f"/dimensions/model/{MODEL}?limit=100"),
    "versions of a dimension": ("alice", "/dimensions/{dimension}/versions?limit=100"),
    "entries": ("vera", f"/dataset/model/{MODEL}?limit=100"),
    "selected entries": (
        "vera",
        f"/dataset/model/{MODEL}?limit=100&min_raters=1&until=2100-01-01T00:00:00Z",
    ),
    "export": ("vera", f"/dataset/model/{MODEL}/export"),
    "points": ("alice", "/users/me/points?limit=100"),
    "leaders": ("alice", "/users/leaderboard?limit=100"),
    "leaders of the week": ("alice", "/users/leaderboard?limit=100&period=week"),
    "export in a shape": ("vera", f"/dataset/model/{MODEL}/export?shape=raw"),
    "versions": ("vera", f"/dataset/model/{MODEL}/versions?limit=100"),
    "export of a version": ("vera", "/dataset/versions/{version}/export?shape=raw"),
    "differences of versions": (
        "vera",
        "/dataset/versions/{first_version}/diff/{version}?limit=100",
    ),
    "events": ("adam", "/events?limit=1000"),
    "jobs": ("adam", "/jobs?limit=100"),
    "failed jobs": ("adam", "/jobs?limit=100&status=failed&kind=contributions.tell"),
    "models": ("alice", "/models?limit=100"),
    "models in OpenAI's form": ("alice", "/v1/models"),
    "validation statistics": ("vera", "/validation/stats"),
    "dataset statistics": ("vera", "/dataset/stats"),
    "statistics of volumes": ("vera", "/insights/volumes"),
    "statistics of scores": ("vera", "/insights/scores"),
    "agreement of people": ("vera", "/insights/agreement"),
    "statistics of verdicts": ("vera", "/insights/time-to-verdict"),
    "statistics of the backlog": ("vera", "/insights/backlog"),
    "statistics of retention": ("vera", "/insights/retention"),
    "health of dimensions": ("vera", "/insights/dimensions"),
}


# These are as long however much there is.
BOUNDED = ("statistics", "wanted")


_JOB = "(SELECT id FROM jobs WHERE kind <> 'dataset.freeze' LIMIT 1)"


class Rows:
    """Makes rows of every kind: conversations, messages, feedback, entries and dimensions."""

    def __init__(self, app, alice, adam):
        self.app, self.alice, self.adam = app, alice, adam
        self.ids = {
            "interaction": alice.interaction()["id"],
            "response": alice.response()["id"],
            "feedback": alice.feedback()["id"],
            "judged": alice.feedback()["id"],
            "dimension": created(adam.post("/dimensions", {"name": "changing"}))["id"],
        }
        self.made = 0

    def make(self, number):
        fill(self.app, 10 * number)
        if not self.made:
            self.ids["first_version"] = self.list_version("frozen")
        for _ in range(number):
            self.made += 1
            path = f"/interactions/{self.ids['interaction']}/chat"
            created(self.alice.post(path, {"message": f"word {self.made}"}))
            rater = Person(self.app.test_client(), f"rater-{self.made}", "validator")
            rater.feedback(self.ids["response"], **_FEEDBACK)
            created(self.adam.post("/dimensions", {"name": f"dimension-{self.made}"}))
            self.compare(rater)
            scale = {"type": "numeric", "max": 10 + self.made}
            self.adam.put(f"/dimensions/{self.ids['dimension']}", {"scale": scale})
            self.judge(rater)
            changes = {"overall_comment": f"thought {self.made}"}
            assert self.alice.patch(f"/feedback/{self.ids['feedback']}", changes).status_code == 200
            failed_job(self.app, "alice")
            body = {"model_id": f"acme/m-{self.made}", "provider": "model_service"}
            created(self.adam.post("/models", body))
            self.list_version()
        self.ids["version"] = freeze_now(self.app, self.adam)["id"]
        # Jobs are counted elsewhere.
        self.run(
            f"UPDATE dataset_versions SET job_id = {_JOB}",
            "DELETE FROM jobs WHERE kind = 'dataset.freeze'",
        )

    def list_version(self, status="building"):
        """Make a version of nothing, and return its id."""
        id_ = str(uuid4())
        self.run(
            f"""INSERT INTO dataset_versions (id, model_id, job_id, created_by, status, rows,
            manifest) VALUES ('{id_}', '{MODEL}', {_JOB}, 'adam', '{status}', 0, '{{}}')
            """
        )
        return id_

    def run(self, *statements_):
        with self.app.app_context(), transaction() as session:
            for statement in statements_:
                session.execute(text(statement))

    def judge(self, rater):
        """Let one more person send the same feedback back, and its author hand it in again."""
        path = f"/feedback/{self.ids['judged']}"
        said = [{"dimension_id": "accuracy", "is_valid": True}]
        body = {"verdict": "returned", "notes": "Why?", "dimension_verdicts": said}
        created(rater.post(f"/validation{path}", body))
        assert self.alice.post(f"{path}/resubmit").status_code == 200

    def compare(self, rater):
        """Let one more person rank two answers."""
        if "prompt" not in self.ids:
            asked = self.alice.exchange()
            self.ids["prompt"] = asked["prompt"]["id"]
            other = created(self.alice.post(f"/prompts/{self.ids['prompt']}/responses", {}))
            self.ranking = [[asked["response"]["id"]], [other["id"]]]
        body = {"prompt_id": self.ids["prompt"], "ranking": self.ranking}
        created(rater.post("/feedback/preferences", body))


_FEEDBACK = {
    "rating": "like",
    "dimension_ratings": [
        {"dimension_id": "accuracy", "score": 5},
        {"dimension_id": "clarity", "score": 3},
    ],
}


def test_the_number_of_queries_does_not_grow_with_the_rows(app, alice, vera, adam):
    people = {"alice": alice, "vera": vera, "adam": adam}
    rows = Rows(app, alice, adam)

    def queries():
        return {
            name: _count(app, people[who], path, rows.ids) for name, (who, path) in LISTS.items()
        }

    rows.make(2)
    few = queries()
    rows.make(58)
    many = queries()
    assert {name: sent for name, (sent, _) in few.items()} == {
        name: sent for name, (sent, _) in many.items()
    }
    # Where there is more to tell, more is told.
    grown = {name for name in LISTS if many[name][1] > 5 * few[name][1]}
    assert grown == {name for name in LISTS if not any(word in name for word in BOUNDED)}
    # What joins texts of many kinds asks for each kind once.
    # An export waits its turn to begin: see app/services/export_log.py.
    nine = ("agreement of people", "export of a version")
    most = {**dict.fromkeys(nine, 9), "export": 10, "export in a shape": 15}
    assert {name for name, (sent, _) in many.items() if sent > most.get(name, 8)} == set()


def test_what_comes_next_takes_as_many_however_much_waits(app, vera):
    def taken():
        with statements(app) as sent:
            work = vera.post("/validation/next", {}).json
        vera.delete(f"/validation/leases/{work['lease']['token']}")
        return len(sent)

    fill(app, 20)
    few = taken()
    fill(app, 600)
    assert few == taken() <= 12


def _count(app, person, path, ids):
    """Return how many statements a request takes, and how long its answer is."""
    with statements(app) as sent:
        answer = person.get(path.format(**ids))
        assert answer.status_code == 200
        length = len(answer.data)
    return len(sent), length


@pytest.mark.parametrize(
    ("method", "path", "body", "most"),
    [
        ("GET", "/users/me/progress", None, 4),
        ("POST", "/feedback", {"response_id": "{response}", **_FEEDBACK}, 2),
        ("GET", "/interactions/{interaction}", None, 2),
        ("GET", "/interactions", None, 1),
        ("GET", "/interactions/{interaction}/history", None, 2),
    ],
)
def test_what_is_asked_most_takes_few(app, alice, method, path, body, most):
    exchange = alice.exchange()
    ids = {
        "interaction": exchange["prompt"]["interaction_id"],
        "response": exchange["response"]["id"],
    }
    if body:
        body = {**body, "response_id": ids["response"]}
    with statements(app) as sent:
        answer = alice.call(method, path.format(**ids), json=body)
    assert answer.status_code in {200, 201}
    assert len(sent) <= most, sent


def test_a_prompt_takes_two_statements_before_the_model_and_one_after(app, alice, model_side):
    path = f"/interactions/{alice.interaction()['id']}/prompts"
    with statements(app) as sent:
        created(alice.post(path, {"content": "Hello"}))
    # It is stored, and whom to ask is looked up; then the answer is stored.
    assert len(sent) == 3


def test_a_verdict_that_decides_takes_no_more_than_what_it_changes_and_asks(app, alice, vera):
    first, second = alice.feedback()["id"], alice.feedback()["id"]
    vera.verdict(first)
    with statements(app) as sent:
        vera.verdict(second)
    assert len(sent) <= 15, "\n".join(statement for statement, _ in sent)
