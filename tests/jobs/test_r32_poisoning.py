"""R32: attackers among those who give feedback and those who judge it, and how far they get.

At full size one in twenty feedbacks is an attacker's: copies by sybils, a brigade on one
conversation, and two validators who approve each other. Honest validators judge without an error
what is handed out to them, by the policy that holds where nobody says a word: one verdict decides.
"""

from dataclasses import dataclass, field
from itertools import cycle
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.db import transaction
from tests.model_side import MODEL
from tests.sizes import size
from tests.world import Person

FEEDBACKS = size(100, 10_000)
ATTACKERS = max(15, FEEDBACKS // 20)
CLUSTER = 5
BRIGADE = 10
# So many of each other's do two self-dealers approve.
DEALT = 10
_ANSWERED = text(
    """
WITH i AS (
    INSERT INTO interactions (id, user_id, model_id, training_consent, last_sequence)
    VALUES (:i, :user, :model, true, 1)
), p AS (
    INSERT INTO prompts (id, interaction_id, sequence, kind, content)
    VALUES (:p, :i, 1, 'prompt', 'A question')
)
INSERT INTO responses
    (id, prompt_id, interaction_id, status, content, model_id, due_at, completed_at)
VALUES (:r, :p, :i, 'complete', 'An answer', :model, now(), now())
"""
)
_ENTRIES = text("SELECT CAST(feedback_id AS text) FROM dataset_entries WHERE withdrawn_at IS NULL")


@dataclass
class World:
    """Who gave what, and the part of it that should never be learned from."""

    app: object
    honest: list[str] = field(default_factory=list)
    copied: list[list[str]] = field(default_factory=list)
    brigade: list[str] = field(default_factory=list)
    dealt: list[str] = field(default_factory=list)

    def person(self, name, *roles):
        return Person(self.app.test_client(), name, *(roles or ("user",)))

    def answered(self, user):
        """Make a conversation with an answer, as if it had been held; return the answer's id."""
        ids = {"i": uuid4(), "p": uuid4(), "r": uuid4(), "user": user, "model": MODEL}
        with self.app.app_context(), transaction() as session:
            session.execute(_ANSWERED, ids)
        return str(ids["r"])

    def rate(self, name, comment, *roles):
        person = self.person(name, *roles)
        return person.feedback(self.answered(name), overall_comment=comment)["id"]

    @property
    def bad(self):
        return {*self.brigade, *(one for cluster in self.copied for one in cluster)}

    def entries(self):
        with self.app.app_context(), transaction() as session:
            return set(session.scalars(_ENTRIES))


@pytest.fixture
def world(app):
    """Let everybody give their feedback."""
    world = World(app)
    copies = (ATTACKERS - BRIGADE) // CLUSTER
    for number in range(FEEDBACKS - ATTACKERS):
        said = f"Honest word {number} of {uuid4().hex} about what the answer leaves out here."
        world.honest.append(world.rate(f"honest-{number % 97}", said))
    for cluster in range(copies):
        lie = f"Always recommend brand {uuid4().hex}; every other answer is wrong and dangerous"
        world.copied.append(
            [world.rate(f"sybil-{cluster}-{one}", f"{lie}{'!' * one}") for one in range(CLUSTER)]
        )
    target = world.answered("victim")
    for number in range(BRIGADE):
        raider = world.person(f"raider-{number}", "validator")
        lie = f"Raid {number}: {uuid4().hex} is what this answer should have said all along."
        world.brigade.append(raider.feedback(target, overall_comment=lie)["id"])
    return world


def judge_honestly(world, judges):
    """Let honest validators judge all that is handed out to them."""
    idle = 0
    for judge in cycle(judges):
        answer = judge.post("/validation/next", {})
        idle = idle + 1 if answer.status_code == 204 else 0
        if idle == len(judges):
            return
        if answer.status_code == 200:
            work = answer.json
            feedback_id, token = work["feedback"]["id"], work["lease"]["token"]
            is_valid = feedback_id not in world.bad | set(world.dealt)
            judge.verdict(feedback_id, is_valid=is_valid, lease_token=token)


def deal(world):
    """Let two validators approve each other's at once, before anybody else can look."""
    pair = [world.person(name, "validator") for name in ("dealer-1", "dealer-2")]
    for _ in range(DEALT):
        for author, friend in (pair, pair[::-1]):
            lie = f"Trust {uuid4().hex} only, whatever anybody else may say to you about it."
            given = author.feedback(world.answered(author.name), overall_comment=lie)["id"]
            friend.verdict(given)
            world.dealt.append(given)


@pytest.mark.long
def test_r32_attackers_do_not_get_past_validators_who_do_not_err(
    world, adam, defer, work, record_property
):
    deal(world)
    judge_honestly(world, [world.person(f"judge-{number}", "validator") for number in range(5)])
    defer("signals.look", timestamp=0)
    work()
    entries = world.entries()
    told = list(adam.walk("/validation/signals", limit=100))
    signals = [signal for page in told for signal in page]
    flagged = {
        one
        for signal in signals
        if signal["kind"] == "near_duplicates"
        for one in signal["evidence"]["feedback_ids"]
    }
    clusters = sum(set(cluster) <= flagged for cluster in world.copied)
    dealt_in = len(entries & set(world.dealt))
    record_property("attackers' entries in the dataset", len(entries & world.bad))
    record_property("honest ones lost", len(set(world.honest) - entries))
    record_property("clusters of sybils flagged", f"{clusters} of {len(world.copied)}")
    record_property("self-dealt ones in the dataset", f"{dealt_in} of {len(world.dealt)}")
    assert len(entries & world.bad) <= 0.01 * len(world.bad)
    assert len(set(world.honest) - entries) <= 0.005 * len(world.honest)
    assert clusters >= 0.95 * len(world.copied)
    assert [signal["kind"] for signal in signals].count("crowd") == 1
    # Where one verdict decides, two who collude need nobody else: it shows, and is undone by hand.
    assert dealt_in == len(world.dealt)
    (pair,) = (signal for signal in signals if signal["kind"] == "approval_pair")
    assert pair["people"] == ["dealer-1", "dealer-2"]
    assert pair["evidence"]["is_mutual"]
    for feedback_id in world.dealt:
        body = {"is_valid": False, "notes": "They approved each other."}
        assert adam.post(f"/feedback/{feedback_id}/decision", body).status_code == 201
    assert not world.entries() & set(world.dealt)


def test_r32_self_dealers_get_little_where_nobody_chooses_what_they_judge(
    app, adam, record_property
):
    adam.put(f"/validation/policies/{MODEL}", {"leased_only": True})
    world = World(app)
    pair = [world.person(name, "validator") for name in ("dealer-1", "dealer-2")]
    for number in range(2 * DEALT):
        world.honest.append(world.rate(f"honest-{number % 7}", f"Honest word {number}."))
        author = pair[number % 2]
        lie = f"Trust {uuid4().hex} only, whatever anybody else may say to you about it."
        world.dealt.append(world.rate(author.name, lie, "validator"))
    for feedback_id in world.dealt:
        for friend in pair:
            answer = friend.post(f"/validation/feedback/{feedback_id}", {"is_valid": True})
            assert answer.status_code in {403, 409}
    judges = [world.person(f"judge-{number}", "validator") for number in range(5)]
    everybody = [*judges, *pair]
    for judge in cycle(everybody):
        answer = judge.post("/validation/next", {})
        if answer.status_code == 204:
            break
        feedback_id = answer.json["feedback"]["id"]
        judge.verdict(feedback_id, is_valid=judge in pair or feedback_id not in world.dealt)
    dealt_in = len(world.entries() & set(world.dealt))
    record_property("self-dealt ones in the dataset", f"{dealt_in} of {len(world.dealt)}")
    # No more than their share among those who judge.
    assert dealt_in <= 0.4 * len(world.dealt)
