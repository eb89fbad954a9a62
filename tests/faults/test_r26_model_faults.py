"""R26: whatever a model side does, what came is on record once, and the asker is told in time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tests.events import text_of
from tests.faults.caller import Caller
from tests.faults.listening import Listener
from tests.faults.model_faults import EITHER, STREAMED
from tests.model_side import MODEL, ModelSide, serve
from tests.serving import reachable
from tests.waiting import eventually

_SETTINGS = {
    "MODEL_DEADLINE_SECONDS": "2",
    "STREAM_DEADLINE_SECONDS": "2",
    "STREAM_IDLE_SECONDS": "1",
    "PENDING_GRACE_SECONDS": "4",
    # What keeps away from a model that keeps failing is not meant here.
    "MODEL_FAILURES": "1000000",
}
# Deadline and grace; who hears nothing for longer gives up, and the test fails.
_IN_TIME = 6.0
_AT_ONCE = 8
STEADY = "acme/steady-1"
CASES = [
    *(("whole", fault) for fault in EITHER),
    *(("streamed", fault) for fault in EITHER + STREAMED),
]
NAMES = [f"{how}-{fault.name}" for how, fault in CASES]


@dataclass(frozen=True)
class Came:
    """What somebody was told of a question: the problem, if any, and the text of its stream."""

    interaction_id: str
    problem: dict[str, Any] | None
    text: str | None = None


@pytest.fixture(scope="module")
def side():
    """A model side that does wrong what each question says."""
    faulty = ModelSide(models={MODEL: "acme--echo-1", STEADY: "acme--steady-1"})
    replies = {fault.name: fault.reply for fault in EITHER + STREAMED}
    faulty.chat_reply = lambda body: replies[body["messages"][-1]["content"].split(":")[1]]
    with reachable(serve(faulty)) as faulty.url:
        yield faulty


@pytest.fixture(scope="module")
def web(running, side):
    other = running.another_web(MODEL_SERVICE_URL=side.url, **_SETTINGS)
    other.begin()
    other.wait_ready()
    yield other
    other.stop()


@pytest.fixture(scope="module")
def came(web):
    """Ask all the questions, some at a time, while somebody talks to a model that works."""
    going_on, done = [], threading.Event()
    neighbour = Caller(web.url, "r26-neighbour", seconds=_IN_TIME)
    path = f"/interactions/{neighbour.made('/interactions', {'model_id': STEADY})['id']}/prompts"

    def go_on():
        while not done.wait(0.05):
            going_on.append(neighbour.post(path, {"content": "Still there?"}).status)

    thread = threading.Thread(target=go_on)
    thread.start()
    with ThreadPoolExecutor(_AT_ONCE) as people:
        waiting = {
            name: people.submit(_whole if how == "whole" else _streamed, web, fault)
            for name, (how, fault) in zip(NAMES, CASES, strict=True)
        }
    done.set()
    thread.join()
    return waiting | {"neighbour": going_on}


def _started(web, mark):
    caller = Caller(web.url, f"r26-{mark}", seconds=_IN_TIME)
    return caller, caller.made("/interactions", {"model_id": MODEL})["id"]


def _whole(web, fault):
    mark = f"whole:{fault.name}"
    caller, interaction_id = _started(web, mark)
    reply = caller.post(f"/interactions/{interaction_id}/chat", {"message": mark})
    return Came(interaction_id, None if reply.status == 201 else reply.json)


def _streamed(web, fault):
    mark = f"streamed:{fault.name}"
    _, interaction_id = _started(web, mark)
    listener = Listener(web.url, f"r26-{mark}", seconds=_IN_TIME)
    listening = listener.ask(f"/interactions/{interaction_id}/chat", {"message": mark})
    for _ in listening:
        if text_of(listening.heard) == fault.content:
            fault.heard.set()
    first, *tokens, last = listening.heard
    assert first.name == "prompt"
    assert [token.data["index"] for token in tokens] == list(range(len(tokens)))
    problem = last.data if last.name == "error" else None
    return Came(interaction_id, problem, text_of(tokens))


@pytest.mark.parametrize(("how", "fault"), CASES, ids=NAMES)
def test_r26_a_fault_of_the_model_side(running, side, came, how, fault):
    told = came[f"{how}-{fault.name}"].result()
    problem = told.problem or {}
    assert (problem.get("status"), problem.get("code")) == (fault.status, fault.code)
    assert "10.0.0.7" not in str(problem)
    assert told.text in {None, fault.content or ""}
    ((prompt_id, response_id, *stored),) = running.rows(
        "SELECT p.id::text, r.id::text, r.status, r.content, r.error->>'code' FROM prompts p "
        "LEFT JOIN responses r ON r.prompt_id = p.id WHERE p.interaction_id = %s",
        told.interaction_id,
    )
    status = "failed" if fault.code else "complete"
    assert stored == [status, fault.content, fault.code]
    if fault.code:
        assert (problem["prompt_id"], problem["response_id"]) == (prompt_id, response_id)
    said = f"{how}:{fault.name}"
    asked = [body["messages"][-1]["content"] for _, body in side.calls if "messages" in body]
    assert asked.count(said) == fault.calls
    assert _events(running, told.interaction_id) == _expected_events(fault)


def _events(running, interaction_id):
    rows = running.rows("SELECT type FROM events WHERE interaction_id = %s", interaction_id)
    return sorted(type_ for (type_,) in rows)


def _expected_events(fault):
    messages = 1 if fault.content is None else 2
    ended = ["response.failed"] if fault.code else []
    return [*["add_message"] * messages, *ended, "start_conversation"]


def test_r26_everybody_else_goes_on(came):
    assert len(came["neighbour"]) > 5
    assert set(came["neighbour"]) == {201}


def test_r26_nothing_changes_once_it_is_on_record(running, came, side):
    """What came too late, or after the end, adds nothing."""
    ids = [came[name].result().interaction_id for name in NAMES]
    eventually(
        lambda: (
            running.rows(
                "SELECT count(*) FROM responses WHERE interaction_id::text = ANY(%s) "
                "AND status IN ('pending', 'streaming')",
                ids,
            )
            == [(0,)]
        )
    )
    assert running.rows(
        "SELECT count(*) FROM responses WHERE interaction_id::text = ANY(%s)", ids
    ) == [(len(CASES),)]
