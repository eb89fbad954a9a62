"""Summaries: made by the conversation's model in the background, told in place of old turns."""

from dataclasses import replace

import pytest

from tests.model_side import MODEL, Reply
from tests.world import created, problem

JOBS = (
    "SELECT status::text, lock, queueing_lock FROM procrastinate_jobs"
    " WHERE task_name = 'memory.summarise' ORDER BY id"
)
TOLD = "What was said before, in short:\n"


@pytest.fixture
def small(app, monkeypatch):
    """Leave models little room: about five turns of these tests."""
    settings = replace(app.extensions["settings"], chat_context_tokens=300)
    monkeypatch.setitem(app.extensions, "settings", settings)


@pytest.fixture
def queue(small, app, told):
    from app.jobs import worker  # noqa: PLC0415

    return worker.make(app, app.extensions["settings"], app.extensions["remotes"])


@pytest.fixture
def path(small, alice):
    return f"/interactions/{alice.interaction(settings={'summarise': True})['id']}"


def say(person, path, *messages):
    for message in messages:
        exchange = created(person.post(f"{path}/chat", {"message": message}))
    return exchange


def answers(text):
    body = {"choices": [{"message": {"role": "assistant", "content": text}}]}
    return lambda _: Reply(body)


def sums_up(text):
    """Answer requests for summaries with a text, and others as ever."""

    def reply(body):
        asks = body["messages"][0]["content"].startswith("Sum up")
        return answers(text if asks else "Yes.")(body)

    return reply


def sent(model_side):
    return [message["content"] for message in model_side.calls[-1][1]["messages"]]


WORDS = [f"{word}{' and so on' * 10}" for word in ("alpha", "bravo", "gamma", "delta", "omega")]


def test_old_turns_are_summed_up_by_the_same_model_and_told_so(alice, path, model_side, work, sql):
    model_side.chat_reply = sums_up("They said Greek letters.")
    say(alice, path, *WORDS)
    interaction_id = path.rsplit("/", 1)[1]
    assert [tuple(job) for job in sql(JOBS)] == [
        ("todo", *[f"memory.summarise:{interaction_id}"] * 2)
    ]
    work()
    _, body = model_side.calls[-1]
    assert body["model"] == MODEL
    assert body["max_new_tokens"] == 37
    assert body["messages"][1]["content"].startswith("User: alpha and so on")
    exchange = say(alice, path, "sigma")
    (system, *rest) = sent(model_side)
    assert system == f"{TOLD}They said Greek letters."
    assert rest[-3:] == [WORDS[-1], "Yes.", "sigma"]
    assert WORDS[0] not in rest
    context = alice.read(f"/responses/{exchange['response']['id']}/context")
    assert [message["content"] for message in context["messages"]] == sent(model_side)
    assert context["memory"]["dropped_turns"] == 0


def test_a_summary_rolls_on(alice, path, model_side, work, sql):
    model_side.chat_reply = sums_up("First.")
    say(alice, path, *WORDS)
    work()
    model_side.chat_reply = sums_up("Second.")
    say(alice, path, *WORDS)
    work()
    asked = model_side.calls[-1][1]["messages"][1]["content"]
    assert asked.startswith("Summary so far: First.\nUser: ")
    say(alice, path, "sigma")
    assert sent(model_side)[0] == f"{TOLD}Second."
    assert len(sql("SELECT id FROM summaries")) == 2


def test_pinned_turns_are_told_beside_the_summary(alice, path, model_side, work):
    model_side.chat_reply = sums_up("Letters.")
    first = say(alice, path, WORDS[0])
    say(alice, path, *WORDS[1:])
    work()
    alice.put(f"{path}/messages/{first['prompt']['id']}/pin")
    say(alice, path, "sigma")
    assert sent(model_side)[:3] == [f"{TOLD}Letters.", WORDS[0], "Yes."]


def test_forgetting_drops_the_summary_one_under_way_too(alice, path, model_side, work):
    model_side.chat_reply = sums_up("Letters.")
    say(alice, path, *WORDS)
    work()
    alice.delete(f"{path}/memory")
    say(alice, path, "sigma")
    assert sent(model_side) == ["sigma"]
    say(alice, path, *WORDS)
    reply = model_side.chat_reply

    def forget_meanwhile(body):
        alice.delete(f"{path}/memory")
        return reply(body)

    model_side.chat_reply = forget_meanwhile
    work()
    model_side.chat_reply = reply
    say(alice, path, "kappa")
    assert sent(model_side) == ["kappa"]


@pytest.mark.parametrize("reply", [answers(" \n"), lambda _: Reply({"error": "no"}, status=500)])
def test_a_model_that_does_not_sum_up_harms_nothing(alice, path, model_side, work, sql, reply):
    say(alice, path, *WORDS)
    model_side.chat_reply = reply
    work()
    model_side.chat_reply = None
    assert sql("SELECT id FROM summaries") == []
    assert sql(JOBS)[0][0] == "succeeded"
    say(alice, path, "sigma")
    assert sent(model_side)[-1] == "sigma"
    assert [job[0] for job in sql(JOBS)] == ["succeeded", "todo"]


def test_a_summary_that_goes_on_and_on_is_cut(alice, path, model_side, work, sql):
    model_side.chat_reply = sums_up("word " * 5000)
    say(alice, path, *WORDS)
    work()
    ((content,),) = sql("SELECT content FROM summaries")
    assert 30 < len(content.split()) <= 74


def test_nothing_is_summed_up_while_there_is_room(alice, path, sql):
    say(alice, path, "alpha")
    assert sql(JOBS) == []


def test_nobody_is_summed_up_who_does_not_want_it(alice, small, sql, work, model_side):
    path = f"/interactions/{alice.interaction()['id']}"
    say(alice, path, *WORDS)
    assert sql(JOBS) == []
    wanted = f"/interactions/{alice.interaction(settings={'summarise': True})['id']}"
    say(alice, wanted, *WORDS)
    alice.put(wanted, {"settings": {"summarise": False}})
    asked = len(model_side.calls)
    work()
    assert len(model_side.calls) == asked
    assert sql("SELECT id FROM summaries") == []


def test_a_setting_makes_it_the_rule(app, alice, small, sql, monkeypatch):
    settings = replace(app.extensions["settings"], chat_summaries=True)
    monkeypatch.setitem(app.extensions, "settings", settings)
    say(alice, f"/interactions/{alice.interaction()['id']}", *WORDS)
    said_no = alice.interaction(settings={"summarise": False})
    say(alice, f"/interactions/{said_no['id']}", *WORDS)
    assert len(sql(JOBS)) == 1


def test_an_answer_that_is_not_stored_defers_nothing(alice, path, model_side, sql):
    say(alice, path, *WORDS[:2])
    assert sql(JOBS) == []
    model_side.chat_reply = lambda _: Reply({"error": "no"}, status=500)
    for word in WORDS:
        problem(alice.post(f"{path}/chat", {"message": word}), 502)
    assert sql(JOBS) == []


def test_a_model_that_was_disabled_is_not_asked(alice, path, model_side, work, sql):
    say(alice, path, *WORDS)
    sql(
        "INSERT INTO models (model_id, provider, enabled) VALUES (:id, 'model_service', false)",
        id=MODEL,
    )
    asked = len(model_side.calls)
    work()
    assert len(model_side.calls) == asked
    assert sql(JOBS)[0][0] == "succeeded"


def test_a_conversation_that_has_gone_is_nobodys_to_sum_up(defer, work, sql, model_side):
    defer("memory.summarise", interaction_id="00000000-0000-0000-0000-000000000000")
    work()
    assert sql(JOBS)[0][0] == "succeeded"
    assert model_side.calls == []


def test_a_streamed_answer_defers_it_as_well(alice, path, sql):
    for word in WORDS:
        answer = alice.post(f"{path}/chat", {"message": word, "stream": True})
        assert answer.text.count("event: response") == 1
    assert len(sql(JOBS)) == 1


def test_two_summaries_of_the_same_turns_are_one(alice, path, model_side, work, sql):
    def another_was_faster(_):
        sql(
            "INSERT INTO summaries (id, interaction_id, up_to_sequence, content, model_id)"
            " SELECT gen_random_uuid(), :id, place, 'First.', 'acme/echo-1'"
            " FROM generate_series(1, 5) AS place",
            id=path.rsplit("/", 1)[1],
        )
        return answers("Second.")({})

    say(alice, path, *WORDS)
    model_side.chat_reply = another_was_faster
    work()
    assert {content for (content,) in sql("SELECT content FROM summaries")} == {"First."}
    assert sql("SELECT id FROM events WHERE type = 'memory.summarised'") == []


def test_of_a_conversation_that_is_erased_meanwhile_no_summary_is_kept(
    alice, path, model_side, work, sql
):
    def erased(body):
        if body["messages"][0]["content"].startswith("Sum up"):
            sql("UPDATE interactions SET erased_at = now()")
        return sums_up("canary")(body)

    model_side.chat_reply = erased
    say(alice, path, *WORDS)
    work()
    assert sql("SELECT count(*) FROM interactions WHERE erased_at IS NOT NULL") == [(1,)]
    assert sql("SELECT count(*) FROM summaries") == [(0,)]
