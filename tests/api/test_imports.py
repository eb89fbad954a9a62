"""Imports over HTTP: every form, each conversation once, and a report of what was refused."""

import json
from pathlib import Path

import pytest

from app.db import transaction
from app.services import api_keys
from tests.model_side import MODEL
from tests.world import Person, problem

SAMPLE = Path(__file__).parents[1] / "data" / "mt_bench" / "sharegpt.jsonl"
JSONL = "application/jsonl"


def lines(*values):
    texts = (one if isinstance(one, bytes) else json.dumps(one).encode() for one in values)
    return b"\n".join(texts)


def send(person, *values, kind=JSONL, headers=None, **query):
    query = {"model_id": MODEL, **query}
    return person.post(
        "/interactions/import",
        None,
        data=lines(*values),
        content_type=kind,
        query_string={name: one for name, one in query.items() if one},
        headers=headers or {},
    )


def report(answer):
    assert answer.status_code == 200, answer.text
    return answer.json


def counts(answer):
    said = report(answer)
    return said["accepted"], said["repeated"], said["refused_count"]


def codes(answer):
    return [(one["line"], one["problem"]["code"]) for one in report(answer)["refused"]]


def told(*messages, **fields):
    """Return a line in the OpenAI form; texts take turns, the user first."""
    named = [
        {"role": ("user", "assistant")[place % 2], "content": one} if isinstance(one, str) else one
        for place, one in enumerate(messages)
    ]
    return {"messages": named, **fields}


def only(person):
    """Return the one conversation there is, and its messages."""
    (interaction,) = person.read("/interactions")["items"]
    return interaction, history(person, interaction["id"])


def history(person, interaction_id):
    pages = person.walk(f"/interactions/{interaction_id}/history", limit=100)
    return [message for page in pages for message in page]


def said(messages):
    return [(message["role"], message["content"]) for message in messages]


@pytest.fixture
def prompts(app):
    """Return what is kept with each prompt, in order."""

    def read():
        with app.app_context(), transaction() as session:
            query = "SELECT content, messages FROM prompts ORDER BY created_at, sequence"
            return [tuple(row) for row in session.connection().exec_driver_sql(query)]

    return read


def test_openai_messages_become_a_conversation_with_its_times(alice):
    line = told(
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One?", "created_at": "2024-02-01T10:00:01Z"},
        {"role": "assistant", "content": "Yes.", "created_at": "2024-02-01T10:00:03+00:00"},
        {"role": "user", "content": "Two?"},
        {"role": "assistant", "content": "No."},
        id="chat-7",
        model="acme/other",
        created_at="2024-02-01T10:00:00",
        title="Counting",
        metadata={"course": 101},
        tools=[{"type": "function"}],
    )
    assert counts(send(alice, line)) == (1, 0, 0)
    interaction, messages = only(alice)
    assert interaction["created_at"] == "2024-02-01T10:00:00+00:00"
    assert interaction["ended_at"] == "2024-02-01T10:00:03+00:00"
    expected = {
        "user_id": "alice",
        "model_id": "acme/other",
        "title": "Counting",
        "status": "completed",
        "system_prompt": "Be brief.",
        "training_consent": True,
        "metadata": {
            "course": 101,
            "import": {"external_id": "chat-7", "tools": [{"type": "function"}]},
        },
    }
    assert {name: interaction[name] for name in expected} == expected
    assert said(messages) == [
        ("user", "One?"),
        ("assistant", "Yes."),
        ("user", "Two?"),
        ("assistant", "No."),
    ]
    assert messages[0]["created_at"] == "2024-02-01T10:00:01+00:00"
    response = alice.read(f"/responses/{messages[1]['response_id']}")
    assert (response["status"], response["provider"]) == ("complete", "import")
    assert (response["model_id"], response["content"]) == ("acme/other", "Yes.")
    assert response["completed_at"] == "2024-02-01T10:00:03+00:00"


def test_a_real_sharegpt_file_is_taken_in_and_read_back(alice):
    raw = SAMPLE.read_bytes()
    assert counts(send(alice, raw)) == (20, 0, 0)
    wanted = {
        one["id"]: [
            ("user" if message["from"] == "human" else "assistant", message["value"])
            for message in one["conversations"]
        ]
        for one in map(json.loads, raw.splitlines())
    }
    found = {
        one["metadata"]["import"]["external_id"]: said(history(alice, one["id"]))
        for one in alice.read("/interactions", limit=100)["items"]
    }
    assert found == wanted
    assert counts(send(alice, raw)) == (0, 20, 0)


def test_sharegpt_has_system_tools_and_other_fields(alice, prompts):
    line = {
        "id": "s-1",
        "system": "Be exact.",
        "conversations": [
            {"from": "system", "value": "Use tools."},
            {"from": "human", "value": "What is the time?"},
            {"from": "function_call", "value": "clock()"},
            {"from": "observation", "value": "noon"},
            {"from": "gpt", "value": "Noon."},
        ],
        "lang": "en",
    }
    assert counts(send(alice, line)) == (1, 0, 0)
    interaction, messages = only(alice)
    assert interaction["system_prompt"] == "Be exact.\n\nUse tools."
    assert interaction["metadata"]["import"]["lang"] == "en"
    assert said(messages) == [("user", "What is the time?"), ("assistant", "Noon.")]
    ((_, kept),) = prompts()
    assert [one["role"] for one in kept] == ["user", "assistant", "tool"]


SEED = [
    {"type": "start_conversation",
     "data": {"id": "01J7", "model": {"id": "acme/z", "metadata": {"a": 1}}, "messages": []}},
    {"type": "add_message",
     "data": {"id": "1", "conversation_id": "01J7", "role": "user", "content": "how many r's?",
              "rating": "", "feedback": "", "timestamp": "2024-09-13T18:11:48"}},
    {"type": "add_message",
     "data": {"id": "2", "conversation_id": "01J7", "role": "assistant", "content": "Eleven.",
              "rating": "", "feedback": "", "timestamp": "2024-09-13T18:11:49"}},
    {"type": "update_message",
     "data": {"id": "2", "conversation_id": "01J7", "rating": "dislike", "feedback": ""}},
    {"type": "update_message",
     "data": {"id": "2", "conversation_id": "01J7", "rating": "", "feedback": "There are three."}},
]  # fmt: skip
END = {"type": "end_conversation", "data": {"id": "01J7"}}


@pytest.mark.parametrize("ending", [(), (END,)], ids=["without an end", "with an end"])
def test_events_become_a_conversation_and_feedback(alice, ending):
    other = {"type": "start_conversation", "id": "x", "model": {"id": "acme/x"}}
    flat = {"type": "add_message", "conversation_id": "x", "role": "user", "content": "Hi"}
    assert counts(send(alice, *SEED[:2], other, *SEED[2:], flat, *ending)) == (2, 0, 0)
    (interaction,) = alice.read("/interactions", model_id="acme/z")["items"]
    assert interaction["created_at"] == "2024-09-13T18:11:48+00:00"
    assert (interaction["status"], interaction["metadata"]["a"]) == ("completed", 1)
    messages = history(alice, interaction["id"])
    assert said(messages) == [("user", "how many r's?"), ("assistant", "Eleven.")]
    assert messages[1]["rating"] == "dislike"
    (feedback,) = alice.read("/feedback/user")["items"]
    assert (feedback["rating"], feedback["overall_comment"]) == ("dislike", "There are three.")
    assert counts(send(alice, *SEED, *ending)) == (0, 1, 0)


def test_our_own_log_can_be_taken_in_again(alice, bob, adam):
    exchange = alice.exchange("Why?")
    alice.feedback(exchange["response"]["id"], rating="like")
    path = f"/interactions/{exchange['prompt']['interaction_id']}"
    assert alice.put(path, {"status": "abandoned"}).status_code == 200
    names = {"start_conversation", "add_message", "update_message", "end_conversation"}
    log = [one for one in adam.read("/events", limit=100)["items"] if one["type"] in names]
    assert counts(send(bob, *log)) == (1, 0, 0)
    interaction, messages = only(bob)
    assert interaction["status"] == "abandoned"
    assert said(messages) == [("user", "Why?"), ("assistant", exchange["response"]["content"])]
    assert messages[1]["rating"] == "like"


def test_ratings_are_no_feedback_of_who_may_not_give_it(app, adam, prompts):
    with app.app_context(), transaction() as session:
        scopes = ["interactions:write", "interactions:import_all"]
        key = api_keys.create(session, name="importer", scopes=scopes)
    service = Person(app.test_client(), "service", "user")
    service.headers = {"X-API-Key": key}
    start = {**SEED[0], "data": {**SEED[0]["data"], "user_id": "carol"}}
    assert counts(send(service, start, *SEED[1:])) == (1, 0, 0)
    carol = Person(app.test_client(), "carol", "user")
    _, messages = only(carol)
    assert messages[1]["rating"] is None
    assert len(prompts()) == 1
    assert [one["actor"] for one in adam.read("/events")["items"] if one["actor"]] == [
        "service:importer", "carol", "acme/z", "service:importer",
    ]  # fmt: skip


def test_the_log_tells_of_it_in_order_and_replays_it(alice, adam):
    send(alice, told("One?", "Yes.", "Two?", "No.", id="a"))
    interaction, messages = only(alice)
    events = [one for one in adam.read("/events")["items"] if "dimension" not in one["type"]]
    assert [one["type"] for one in events] == [
        "start_conversation", *["add_message"] * 4, "end_conversation",
    ]  # fmt: skip
    assert [one["data"]["content"] for one in events[1:5]] == ["One?", "Yes.", "Two?", "No."]
    replayed = alice.read(f"/interactions/{interaction['id']}/replay")
    assert [one["id"] for one in replayed["messages"]] == [one["id"] for one in messages]
    assert replayed["status"] == "completed"


def test_the_same_again_is_repeated_and_another_under_its_id_refused(alice, bob):
    first = told("Hello?", "Hello!", id="a")
    assert counts(send(alice, first, told("Bye?", id="b"))) == (2, 0, 0)
    reordered = dict(reversed(first.items()))
    answer = send(alice, reordered, told("Changed?", id="a"), told("New?", id="c"))
    assert counts(answer) == (1, 1, 1)
    assert codes(answer) == [(2, "external_id_taken")]
    assert counts(send(bob, first)) == (1, 0, 0)  # Per importer.


def test_the_same_twice_in_one_upload_is_taken_in_once(alice):
    line = told("Hello?", "Hello!", id="a")
    answer = send(alice, line, line, told("Other?", id="a"))
    assert counts(answer) == (1, 1, 1)
    assert codes(answer) == [(3, "external_id_taken")]


def test_without_an_id_the_content_is_the_id(alice):
    assert counts(send(alice, told("Hello?", "Hello!"), told("Bye?"))) == (2, 0, 0)
    assert counts(send(alice, told("Hello?", "Hello!"), told("Bye!"))) == (1, 1, 0)


def test_whole_numbers_are_ids_too(alice):
    send(alice, told("Hello?", id=81))
    interaction, _ = only(alice)
    assert interaction["metadata"]["import"] == {"external_id": "81"}


def test_questions_in_a_row_and_missing_answers_stay_prompts(alice, prompts):
    messages = [
        {"role": "user", "content": "One?"},
        {"role": "user", "content": "Two?"},
        {"role": "assistant", "content": "Both."},
        {"role": "user", "content": "Three?"},
    ]
    send(alice, {"messages": messages})
    _, found = only(alice)
    assert said(found) == [
        ("user", "One?"), ("user", "Two?"), ("assistant", "Both."), ("user", "Three?"),
    ]  # fmt: skip
    assert [kept for _, kept in prompts()] == [None] * 3


def test_what_has_no_place_of_its_own_is_kept_with_the_prompt(alice, prompts):
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    greeting = {"role": "assistant", "content": "Welcome."}
    parts = {"role": "user", "content": [{"type": "text", "text": "See?"}, picture]}
    asked = {"role": "assistant", "content": None, "tool_calls": [call]}
    result = {"role": "tool", "tool_call_id": "c1", "content": "42"}
    answer = {"role": "assistant", "content": "It is 42."}
    reminder = {"role": "developer", "content": "Be kind."}
    messages = [
        *(greeting, parts, asked, result, answer, reminder),
        *({"role": "user", "content": "Sure?"}, {"role": "assistant", "content": "Sure."}),
        *({"role": "user", "content": "And?"}, asked, result),
        *({"role": "user", "content": "Bye"}, {"role": "assistant", "content": "Bye."}, reminder),
    ]
    assert counts(send(alice, {"messages": messages})) == (1, 0, 0)
    _, found = only(alice)
    assert said(found) == [
        ("user", "See?"), ("assistant", "It is 42."), ("user", "Sure?"), ("assistant", "Sure."),
        ("user", "And?"), ("user", "Bye"), ("assistant", "Bye."),
    ]  # fmt: skip
    bare = {key: one for key, one in asked.items() if one}
    kept = [
        [{k: v for k, v in one.items() if v is not None} for one in turn] for _, turn in prompts()
    ]
    assert kept == [
        [greeting, parts, bare, result],
        [reminder, {"role": "user", "content": "Sure?"}],
        [{"role": "user", "content": "And?"}, bare, result],
        [{"role": "user", "content": "Bye"}, reminder],
    ]


def test_an_answer_that_is_more_than_text_is_kept_as_it_was(app, alice):
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    answer = {"role": "assistant", "content": None, "tool_calls": [call]}
    send(alice, told("Call!", answer))
    _, messages = only(alice)
    assert messages[1]["content"] == ""
    with app.app_context(), transaction() as session:
        ((raw,),) = session.connection().exec_driver_sql("SELECT raw FROM responses")
    assert json.loads(raw) == answer


def test_a_line_may_say_its_state_consent_and_old_import(alice):
    metadata = {"import": {"from": "elsewhere"}}
    line = told("Hello?", id="a", status="active", training_consent=False, metadata=metadata)
    send(alice, line, training_consent="true")
    interaction, _ = only(alice)
    assert (interaction["status"], interaction["ended_at"]) == ("active", None)
    assert interaction["training_consent"] is False
    assert interaction["metadata"]["import"] == {"external_id": "a", "metadata": metadata}
    path = f"/interactions/{interaction['id']}/chat"
    assert alice.post(path, {"message": "Go on."}).status_code == 201


def test_the_query_says_consent_for_all_lines(alice):
    send(alice, told("Hello?"), training_consent="false")
    assert only(alice)[0]["training_consent"] is False


def test_old_conversations_stand_where_their_time_is(alice):
    new = alice.interaction()["id"]
    send(alice, told("Old?", id="old", created_at=1_000_000_000), told("Now?", id="now"))
    found = alice.read("/interactions")["items"]
    order = [one["metadata"].get("import", {}).get("external_id") or one["id"] for one in found]
    assert order == ["now", new, "old"]
    assert found[2]["created_at"] == "2001-09-09T01:46:40+00:00"


def test_for_others_one_needs_the_permission(app, alice, adam):
    line = told("Hello?", id="a", user_id="carol")
    assert codes(send(alice, line, told("Mine?", user_id="alice"))) == [(1, "forbidden")]
    assert counts(send(adam, line)) == (1, 0, 0)
    carol = Person(app.test_client(), "carol", "user")
    assert only(carol)[0]["user_id"] == "carol"


def test_a_line_without_a_model_is_refused_unless_the_query_names_one(alice):
    answer = send(alice, told("Hello?"), model_id=None)
    (refused,) = report(answer)["refused"]
    assert refused["problem"] == {
        "code": "invalid",
        "detail": "the line names no model",
        "errors": {"model_id": ["expected it here or in the query"]},
    }


HOSTILE = {
    "no JSON": (b"{", "malformed"),
    "no object": (b"[]", "malformed"),
    "not UTF-8": (b'{"messages":"\xff"}', "malformed"),
    "NaN": (b'{"messages":[],"x":NaN}', "malformed"),
    "a lone surrogate": (b'{"messages":[{"role":"user","content":"\\ud800"}]}', "malformed"),
    "NUL": (b'{"messages":[{"role":"user","content":"\\u0000"}]}', "invalid"),
    "a deep bomb": (b'{"messages":' + b"[" * 5000 + b"]" * 5000 + b"}", "malformed"),
    "a bomb that fits": (b'{"messages":' + b"[" * 90 + b"]" * 90 + b"}", "malformed"),
    "a key that reaches inside": (b'{"messages":[],"__proto__":1}', "invalid"),
    "too many values": (b'{"messages":[%s]}' % b",".join([b"0"] * 100_001), "malformed"),
    "no form": (b'{"text":"x"}', "unknown_form"),
    "a strange event": (b'{"type":["add_message"]}', "unknown_form"),
    "no list": (b'{"messages":"x"}', "invalid"),
    "no messages": (b'{"messages":[]}', "invalid"),
    "no question": (b'{"messages":[{"role":"assistant","content":"x"}]}', "invalid"),
    "no message": (b'{"messages":[5]}', "invalid"),
    "no role": (b'{"messages":[{"content":"x"}]}', "invalid"),
    "a strange role": (b'{"messages":[{"role":{},"content":"x"}]}', "invalid"),
    "a strange content": (b'{"messages":[{"role":"user","content":5}]}', "invalid"),
}
FIELDS = {
    "id": ["a" * 256, 1.5, [], True],
    "model": ["", "a//b", 5, "a" * 300],
    "title": ["a" * 201, {}],
    "system_prompt": ["a" * 1_000_001, 1.5],
    "status": ["done", 5],
    "training_consent": ["true", 1],
    "metadata": [[], "x", {"a": "b" * 70_000}],
    "more": ["a" * 70_000],
    "created_at": ["yesterday", "2999-01-01", "0001-01-01T00:00:00+14:00", -5, 1e18, True, [], {}],
    "ended_at": ["x"],
    "user_id": ["a" * 256, "a\nb", " ", 1.5],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_line_is_refused_and_the_others_go_on(alice, name):
    raw, code = HOSTILE[name]
    answer = send(alice, told("First?"), raw, told("Last?"))
    assert counts(answer) == (2, 0, 1)
    assert codes(answer) == [(2, code)]


def test_fields_that_do_not_fit_refuse_their_line(adam):
    bad = [told("Hello?", **{name: one}) for name, values in FIELDS.items() for one in values]
    answer = send(adam, *bad, told("Sound?"))
    assert counts(answer) == (1, 0, len(bad))
    assert {one["problem"]["code"] for one in report(answer)["refused"]} == {"invalid"}


def test_empty_lines_and_line_ends_of_windows_are_no_lines_of_their_own(alice):
    raw = b"\r\n".join([b"", lines(told("One?")), b"  ", lines(told("Two?")), b"x", b""])
    answer = send(alice, raw)
    assert counts(answer) == (2, 0, 1)
    assert codes(answer) == [(5, "malformed")]
    assert counts(send(alice, b"")) == (0, 0, 0)


def test_a_line_of_more_than_8_mib_is_refused_without_being_kept(alice):
    long = told("a" * 900_000, *["b" * 999_990] * 8)
    most = lines(told("Long?", metadata={}))
    padded = most + b" " * (8_388_608 - len(most))
    answer = send(alice, told("First?"), long, padded, padded + b" ", told("Last?"))
    assert counts(answer) == (3, 0, 2)
    assert codes(answer) == [(2, "line_too_long"), (4, "line_too_long")]


def test_texts_are_bounded_like_any_batch(alice):
    texts = ["a" * 1_000_000] * 8
    assert counts(send(alice, told(*texts, id="a"), told("Hello?", id="b"))) == (2, 0, 0)


def test_of_many_refusals_a_thousand_are_listed(alice):
    answer = send(alice, *[b"x"] * 1_200, told("Hello?"))
    assert counts(answer) == (1, 0, 1_200)
    assert len(answer.json["refused"]) == 1_000


def test_many_lines_come_in_batches(alice):
    many = [told(f"Question {number}?", f"Answer {number}.", id=number) for number in range(1_203)]
    assert counts(send(alice, *many)) == (1_203, 0, 0)
    assert counts(send(alice, *many, told("One more?"))) == (1, 1_203, 0)


BROKEN = {
    "no beginning": ([SEED[1]], [(1, "not_begun")]),
    "no id": ([{"type": "end_conversation", "data": {}}], [(1, "no_conversation_id")]),
    "begun twice": ([SEED[0], SEED[1], SEED[0]], [(1, "line_refused"), (3, "begun_before")]),
    "a bad message": (
        [SEED[0], SEED[1], {**SEED[1], "data": {**SEED[1]["data"], "role": "king"}}],
        [(1, "line_refused"), (3, "invalid")],
    ),
    "a message twice": ([*SEED[:2], SEED[1]], [(1, "line_refused"), (3, "added_before")]),
    "an update of nothing": ([*SEED[:2], SEED[3]], [(1, "line_refused"), (3, "not_added")]),
    "an update that spoils": (
        [*SEED[:2], {"type": "update_message",
                     "data": {"id": "1", "conversation_id": "01J7", "content": 5}}],
        [(1, "invalid")],
    ),
    "a model that is none": (
        [{"type": "start_conversation", "data": {"id": "01J7", "model": 5}}, SEED[1]],
        [(1, "invalid")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_events_that_do_not_fit_refuse_their_conversation(alice, name):
    events, refused = BROKEN[name]
    answer = send(alice, *events, told("Sound?"))
    assert report(answer)["accepted"] == 1
    assert codes(answer) == refused


def test_messages_may_stand_in_the_start_and_ratings_may_be_numbers(alice):
    message = {"role": "user", "content": "Hi", "timestamp": ""}
    start = {"type": "start_conversation", "id": "x", "model": MODEL, "messages": [message, 5]}
    reply = {"type": "add_message", "id": "r", "conversation_id": "x", "role": "assistant",
             "content": "Ho", "rating": 4, "feedback": "b" * 20_001}  # fmt: skip
    assert counts(send(alice, start, reply)) == (1, 0, 0)
    assert said(only(alice)[1]) == [("user", "Hi"), ("assistant", "Ho")]
    assert alice.read("/feedback/user")["items"] == []


def test_what_is_no_json_lines_is_415(alice):
    for kind in ("application/json", "text/plain", "", "multipart/form-data; boundary=x"):
        problem(send(alice, told("Hello?"), kind=kind), 415, "unsupported_media_type")
    packed = send(alice, told("Hello?"), headers={"Content-Encoding": "gzip"})
    problem(packed, 415, "unsupported_media_type")
    for kind in ("application/x-ndjson", "application/x-jsonlines", "application/jsonl; a=b"):
        assert send(alice, told("Hello?"), kind=kind).status_code == 200


def test_a_bad_query_or_key_is_refused_before_anything_is_read(alice):
    for query in ({"model_id": "a//b"}, {"training_consent": "yes"}, {"unknown": "1"}):
        problem(send(alice, told("Hello?"), **query), 422)
    problem(send(alice, told("Hello?"), headers={"Idempotency-Key": "a b"}), 400, "malformed")
    assert alice.read("/interactions")["items"] == []


def test_a_key_is_accepted_and_nothing_is_replayed(alice):
    headers = {"Idempotency-Key": "the-same"}
    assert counts(send(alice, told("Hello?"), headers=headers)) == (1, 0, 0)
    again = send(alice, told("Hello?"), headers=headers)
    assert counts(again) == (0, 1, 0)
    assert "Idempotent-Replayed" not in again.headers


def test_an_upload_that_breaks_off_keeps_what_was_committed(alice):
    many = lines(*[told("a" * 5_000, id=number) for number in range(2_000)])
    cut = alice.post(
        f"/interactions/import?model_id={MODEL}",
        None,
        data=many,
        content_type=JSONL,
        environ_overrides={"CONTENT_LENGTH": str(len(many) + 1)},
    )
    problem(cut, 400)
    accepted, repeated, refused = counts(send(alice, many))
    assert (accepted + repeated, refused) == (2_000, 0)
    assert repeated >= 1_000


def test_several_answers_to_the_last_question_become_variants_in_their_order(alice):
    line = told("One?", "Yes.", "Two?", id="choice", model="acme/m")
    line["responses"] = ["First.", {"content": "Second.", "model_id": "acme/other"}]
    assert counts(send(alice, line)) == (1, 0, 0)
    assert counts(send(alice, line)) == (0, 1, 0)
    _, messages = only(alice)
    prompt_id = messages[-1]["prompt_id"] or messages[-1]["id"]
    answers = alice.read(f"/prompts/{prompt_id}/responses")["items"]
    answers.sort(key=lambda one: one["id"])
    assert [(one["content"], one["model_id"], one["status"]) for one in answers] == [
        ("First.", "acme/m", "complete"), ("Second.", "acme/other", "complete"),
    ]  # fmt: skip
    ranking = [[one["id"]] for one in answers]
    given = alice.post("/feedback/preferences", {"prompt_id": prompt_id, "ranking": ranking})
    assert given.status_code == 201


@pytest.mark.parametrize(
    ("messages", "responses", "faults"),
    [
        (("One?", "Yes."), ["No."], {"responses"}),
        (("One?",), "No.", {"responses"}),
        (("One?",), ["No."] * 101, {"responses"}),
        (("One?",), [7.5, ""], {"responses.0.content", "responses.1.content"}),
        (("One?",), [{"content": "No.", "model_id": "a//b"}], {"responses.0.model_id"}),
    ],
)
def test_answers_that_cannot_be_chosen_from_are_refused(alice, messages, responses, faults):
    (one,) = report(send(alice, told(*messages, responses=responses)))["refused"]
    assert one["problem"]["errors"].keys() == faults
