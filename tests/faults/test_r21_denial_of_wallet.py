"""R21: whoever has had its tokens, or asks too much at a time, reaches no model."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.token_need import token_need
from tests.faults.caller import Caller
from tests.model_side import MODEL, Reply
from tests.waiting import eventually

QUESTION = {"content": "How much is it?", "parameters": {"max_new_tokens": 100}}
ANSWERED = 5
AT_ONCE = 4
# Long enough for the slowest machine to refuse the others in the meantime.
_PATIENT = {"WEB_THREADS": "32", "MODEL_DEADLINE_SECONDS": "15"}
_NEED = token_need(
    content=QUESTION["content"], context=None, messages=None, parameters=QUESTION["parameters"]
).total


@pytest.fixture(scope="module")
def bounded(running):
    """Web processes that give everybody tokens for so many questions, and so many at a time."""
    web = running.another_web(
        DAILY_TOKENS=str(ANSWERED * _NEED), USER_CONCURRENCY=str(AT_ONCE), **_PATIENT
    )
    web.begin()
    web.wait_ready()
    yield web
    web.stop()


def asking(web, name):
    """Return how somebody asks in a conversation of its own."""
    first = Caller(web.url, name)
    path = f"/interactions/{first.made('/interactions', {'model_id': MODEL})['id']}/prompts"

    def ask(_=None):
        # A connection of its own each time, so that every web process gets its share.
        return Caller(web.url, name, seconds=40).call("POST", path, QUESTION, keep=False)

    return ask


def codes(replies):
    return [reply.json["code"] for reply in replies if reply.status == 429]


def test_r21_who_asks_too_much_at_a_time_is_refused(installation, bounded, model_side):
    gate = threading.Event()
    model_side.query_reply = lambda _: Reply([{"generated_text": "Much."}], gate=gate)
    names = [f"wallet-{number}" for number in range(2)]
    asks = [asking(bounded, name) for name in names for _ in range(25)]
    with ThreadPoolExecutor(50) as people:
        waiting = [people.submit(ask) for ask in asks]
        eventually(lambda: sum(one.done() for one in waiting) == 50 - 2 * AT_ONCE)
        gate.set()
        replies = [one.result(60) for one in waiting]
    assert sorted({reply.status for reply in replies}) == [201, 429]
    assert len(model_side.calls) == 2 * AT_ONCE
    assert set(codes(replies)) == {"too_many_at_once"}
    assert all(int(one.headers["Retry-After"]) >= 1 for one in replies if one.status == 429)


def test_r21_an_exhausted_budget_reaches_no_model(installation, bounded, model_side):
    usage = {"prompt_tokens": _NEED, "completion_tokens": 0}
    model_side.query_reply = lambda _: Reply(
        {"choices": [{"message": {"content": "Much."}}], "usage": usage}
    )
    ask = asking(bounded, "wallet-spent")
    replies = [ask() for _ in range(50)]
    assert [reply.status for reply in replies] == [201] * ANSWERED + [429] * (50 - ANSWERED)
    assert set(codes(replies)) == {"token_budget_exhausted"}
    assert len(model_side.calls) == ANSWERED
    assert _prompts(installation, "wallet-spent") == ANSWERED


def test_r21_what_is_under_way_counts_when_fifty_race(installation, running, model_side):
    web = running.another_web(DAILY_TOKENS=str(ANSWERED * _NEED), USER_CONCURRENCY="0", **_PATIENT)
    web.begin()
    try:
        web.wait_ready()
        gate = threading.Event()
        model_side.query_reply = lambda _: Reply([{"generated_text": "Much."}], gate=gate)
        ask = asking(web, "wallet-race")
        with ThreadPoolExecutor(50) as people:
            waiting = [people.submit(ask) for _ in range(50)]
            eventually(lambda: sum(one.done() for one in waiting) == 50 - ANSWERED)
            assert len(model_side.calls) == ANSWERED
            gate.set()
            replies = [one.result(60) for one in waiting]
    finally:
        web.stop()
    assert [reply.status for reply in replies].count(201) == ANSWERED
    assert set(codes(replies)) == {"token_budget_exhausted"}
    assert len(model_side.calls) == ANSWERED
    assert _prompts(installation, "wallet-race") == ANSWERED
    settled = "SELECT reserved, requests FROM token_usage WHERE user_id = %s"
    assert installation.rows(settled, "wallet-race") == [(0, ANSWERED)]


def _prompts(installation, name):
    found = installation.rows(
        "SELECT count(*) FROM prompts p JOIN interactions i ON i.id = p.interaction_id "
        "WHERE i.user_id = %s",
        name,
    )
    return found[0][0]
