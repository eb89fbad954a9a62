"""Whatever anybody does, in whatever order: feedback is only ever where a model of it says."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from app.utils import clock
from tests.life_of_feedback import Feedback
from tests.model_side import ENDPOINT
from tests.sizes import size
from tests.world import Person, created

JUDGES = ("judge-0", "judge-1", "judge-2", "judge-3")
# Often somebody who may; the others come by now and then.
WHO = st.sampled_from([*JUDGES, *JUDGES, "author", "owner"])
AUTHORS = st.sampled_from([*["author"] * 8, "judge-0", "stranger"])
WORDS = st.sampled_from(["valid", "invalid", "returned"])
DIMENSIONS = st.sampled_from([None, True, False])
CANNOT = {"cannot_judge": True, "dimension_ratings": None}
CAN = {"cannot_judge": None, "dimension_ratings": [{"dimension_id": "clarity", "score": 2}]}
_EXAMPLES = size(12, 400)


class Life(RuleBasedStateMachine):
    """One feedback, with everybody who may want something of it, and the model beside it."""

    world: "World"

    def __init__(self):
        super().__init__()
        self.people, self.model_id, self.given = self.world.begin()
        self.path = f"/feedback/{self.given['id']}"
        self.model, self.tokens = Feedback(), {}

    def ask(self, who, word, body=None):
        return self.people[who].post(f"{self.path}/{word}", body).status_code

    @rule(validators=st.integers(1, 3), quorum=st.sampled_from([0.5, 0.67, 1]), blind=st.booleans())
    def change_the_policy(self, validators, quorum, blind):
        body = {"validators": validators, "quorum": quorum, "blind": blind}
        path = f"/validation/policies/{self.model_id}"
        assert self.people["admin"].put(path, body).status_code == 200
        self.model.policy = (validators, quorum)

    @rule(can=st.booleans(), age=st.sampled_from([0, 0, 1]))
    def patch(self, can, age):
        seen = max(self.model.version - age, 1)
        body = (CAN if can else CANNOT) | {"overall_comment": "Hm." if can else "Why?"}
        answer = self.people["author"].patch(self.path, body, f'"{seen}"')
        assert answer.status_code == self.model.patch(can, seen=seen), answer.text

    @rule(who=WHO)
    def take_what_comes_next(self, who):
        answer = self.people[who].post("/validation/next", {"model_id": self.model_id})
        assert answer.status_code == self.model.take(who), answer.text
        if answer.status_code == 200:
            assert answer.json["feedback"]["version"] == self.model.version
            self.tokens[who] = answer.json["lease"]["token"]

    @rule(seconds=st.sampled_from([100, 601]))
    def wait(self, seconds):
        self.world.pass_time(seconds)
        self.model.now += seconds

    @rule(who=WHO)
    def give_a_lease_back(self, who):
        if self.model.holds(who) and self.model.status == "pending":
            path = f"/validation/leases/{self.tokens[who]}"
            assert self.people[who].delete(path).status_code == 204
            del self.model.leases[who]

    @rule(who=WHO, word=WORDS, shows=st.booleans(), age=st.sampled_from([None, None, 0, 1]),
          on=DIMENSIONS)  # fmt: skip
    def judge(self, who, word, shows, age, on):
        seen = None if age is None else max(self.model.version - age, 1)
        body = {"verdict": word, "notes": "So it is.", "feedback_version": seen}
        with_token = shows and who in self.tokens
        if with_token:
            body["lease_token"] = self.tokens[who]
        if on is not None and self.model.judgeable:
            body["dimension_verdicts"] = [{"dimension_id": "clarity", "is_valid": on}]
        expected = self.model.judge(who, word, with_token=with_token, seen=seen)
        answer = self.people[who].post(f"/validation{self.path}", body)
        assert answer.status_code == expected, answer.text
        if expected == 201:
            assert answer.json["feedback_status"] == self.model.status

    @rule(who=AUTHORS,
          word=st.sampled_from(["withdraw", "resubmit", "appeal"]))  # fmt: skip
    def do_what_authors_do(self, who, word):
        others = {"judge-0": 403, "stranger": 404}
        expected = others.get(who) or getattr(self.model, word)()
        assert self.ask(who, word, {"reason": "I am right."} if word == "appeal" else None) == (
            expected
        )

    @rule(is_valid=st.booleans())
    def decide(self, is_valid):
        expected = self.model.decide("validated" if is_valid else "rejected")
        assert self.ask("admin", "decision", {"is_valid": is_valid, "notes": "So."}) == expected

    @invariant()
    def it_is_where_the_model_is(self):
        found = self.people["author"].read(self.path)
        assert (found["status"], found["version"]) == (self.model.status, self.model.version)
        seen = self.people["admin"].read(f"/validation{self.path}", limit=100)["items"]
        counts = Counter(one["round"] for one in seen)
        assert [counts[number + 1] for number in range(self.model.round)] == self.model.rounds
        assert {one["validator_id"] for one in seen} <= {*JUDGES}
        assert all(counts[number] <= 3 for number in counts)

    @invariant()
    def an_entry_is_there_when_it_is_valid_and_judged(self):
        entries = self.people["admin"].read(f"/dataset/model/{self.model_id}")["items"]
        teaches = self.model.status == "validated" and self.model.judgeable
        found = [one["source"]["feedback_id"] for one in entries]
        assert found == ([self.given["id"]] if teaches else [])


class World:
    """Where lives begin, each with a model of its own, and where time passes as it is told."""

    def __init__(self, app, model_side):
        self.app, self.model_side = app, model_side
        self.begun = self.seconds = 0
        roles = {"admin": "admin", "stranger": "user", **dict.fromkeys(JUDGES, "validator")}
        roles |= {"author": "validator", "owner": "validator"}
        client = app.test_client()
        self.people = {name: Person(client, name, role) for name, role in roles.items()}

    def pass_time(self, seconds):
        self.seconds += seconds

    def begin(self):
        self.begun += 1
        model_id = f"acme/life-{self.begun}"
        self.model_side.models[model_id] = ENDPOINT.replace("echo-1", f"life-{self.begun}")
        owner = self.people["owner"]
        interaction = owner.interaction(model_id=model_id)
        asked = owner.post(f"/interactions/{interaction['id']}/prompts", {"content": "Hello"})
        ratings = {"dimension_ratings": CAN["dimension_ratings"], "overall_comment": "Hm."}
        given = self.people["author"].feedback(created(asked)["response"]["id"], **ratings)
        return self.people, model_id, given


@pytest.fixture
def world(app, model_side, monkeypatch):
    made, real = World(app, model_side), clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=made.seconds))
    return made


def test_no_sequence_of_calls_leads_anywhere_else(world):
    machine = type("LifeHere", (Life,), {"world": world})
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=_EXAMPLES,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=checks,
        ),
    )
