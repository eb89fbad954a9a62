"""Things for the fuzzer to find: ids that exist, of every kind that paths and bodies name."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from tests.freezing import freeze_now
from tests.model_side import MODEL, ModelSide, Reply
from tests.scene import failed_job, seen_signal
from tests.world import Person, created

# Values by what they are, as Schemathesis's dictionaries take them.
KnownThings = dict[str, list[str]]
_OF_EACH = 6
# One text in so many fails on the model's side; which one follows from the text alone.
_FAILING = {0: Reply({"detail": "no memory"}, status=500), 1: Reply({"detail": ""}, status=503)}
_ONE_IN = 8
# Administrators may take it away again, and nobody misses it.
_LISTED = "acme/listed-1"


def serve_and_fail(side: ModelSide) -> None:
    """Let the Model Service fail at some questions, in ways that are documented."""
    side.models["google-bert/bert-base-uncased"] = "bert-0a1b2c3d-202611210900"

    def failing(text: str) -> Reply | None:
        return _FAILING.get(sum(text.encode()) % _ONE_IN)

    def answer_query(body: dict[str, Any]) -> Reply:
        return failing(body["query"]) or Reply([{"generated_text": "Because."}])

    def answer_chat(body: dict[str, Any]) -> Reply:
        message = {"role": "assistant", "content": "Because."}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        return failing(str(body["messages"][-1].get("content"))) or Reply({"choices": choices})

    side.query_reply, side.chat_reply = answer_query, answer_chat


def known_things(person: Person, other: Person, validator: Person, admin: Person) -> KnownThings:
    """Let people use the service, and return the names and ids of what came of it."""
    created(admin.post("/models", {"model_id": _LISTED, "provider": "model_service"}))
    exchanges = [person.exchange() for _ in range(_OF_EACH)]
    validated = [person.feedback() for _ in range(2)]
    verdicts = [validator.verdict(given["id"]) for given in validated]
    own = [person.feedback() for _ in range(_OF_EACH)]
    waiting = [other.feedback() for _ in range(_OF_EACH)]
    compared = person.exchange()
    prompt_id = compared["prompt"]["id"]
    variant = created(person.post(f"/prompts/{prompt_id}/responses", {}))
    ended, live = islice(_leases([person, validator], other), 2)
    dimensions = person.read("/dimensions/model/all")["items"]
    return {
        "served": [MODEL],
        "model": [MODEL, "all", _LISTED, "acme/absent-1"],
        "interaction": [exchange["prompt"]["interaction_id"] for exchange in exchanges],
        "prompt": [exchange["prompt"]["id"] for exchange in exchanges],
        "response": [exchange["response"]["id"] for exchange in exchanges],
        "cancelled": [_cancelled(person) for _ in range(_OF_EACH)],
        "waiting": [given["id"] for given in waiting],
        "feedback": [given["id"] for given in (*validated, *own, *waiting)],
        "own": [given["id"] for given in own],
        "unwanted": [person.feedback()["id"] for _ in range(_OF_EACH)],
        "entry": [verdict["dataset_entry_id"] for verdict in verdicts],
        "version": [freeze_now(admin.client.application, admin)["id"] for _ in range(2)],
        "dimension": [dimension["id"] for dimension in dimensions],
        "dimension_name": [dimension["name"] for dimension in dimensions],
        "job": [failed_job(person.client.application, person.name) for _ in range(_OF_EACH)],
        "compared": [prompt_id, compared["response"]["id"], variant["id"]],
        "decided": _judged(other, validator, is_valid=False),
        "rejected": _judged(person, validator, is_valid=False),
        "returned": _judged(person, validator, verdict="returned", notes="Which source?"),
        "ended": [ended],
        "gold": _gold(other, admin),
        "signal": [seen_signal(person.client.application) for _ in range(_OF_EACH)],
        "lease": [live],
        # Themselves, and somebody whom nobody knows: what others are busy with stays.
        "person": ["me", "nobody-1"],
        "tag": ['"1"', '"2"', "*"],
    }


def _cancelled(person: Person) -> str:
    """Take back a message, which nobody answers before there is a worker."""
    path = f"/interactions/{person.interaction()['id']}/messages"
    sent: str = person.post(path, {"content": "What is machine learning?"}).json["response_id"]
    assert person.post(f"/responses/{sent}/cancel").status_code == 200
    return sent


def _leases(people: Sequence[Person], author: Person) -> Iterator[str]:
    """Yield the tokens of a lease that ended, its feedback withdrawn, and of a live one."""
    for _ in range(2):
        answers = [person.post("/validation/next", {}) for person in people]
        work = next(answer.json for answer in answers if answer.status_code == 200)
        yield work["lease"]["token"]
        author.post(f"/feedback/{work['feedback']['id']}/withdraw")


def _gold(person: Person, admin: Person) -> list[str]:
    """Return feedback of a person whose right verdict is known."""
    given = [person.feedback()["id"] for _ in range(_OF_EACH)]
    for feedback_id in given:
        answer = admin.put(f"/validation/gold/{feedback_id}", {"is_valid": True})
        assert answer.status_code == 200
    return given


def _judged(person: Person, judge: Person, **said: Any) -> list[str]:
    """Return feedback of a person on which somebody has given a verdict."""
    given = [person.feedback()["id"] for _ in range(_OF_EACH)]
    for feedback_id in given:
        created(judge.post(f"/validation/feedback/{feedback_id}", said))
    return given
