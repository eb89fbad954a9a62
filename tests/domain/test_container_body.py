"""Each container is asked in the words that it understands."""

from dataclasses import replace

import pytest

from app.domain.container_body import (
    FORMATS,
    TASKS,
    Asked,
    Container,
    ContextMissing,
    streaming,
)

TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Capital?"},
]
SCRIPT = "Be brief.\nUser: Capital?\nAssistant:"
GIVEN = {"max_new_tokens": 9, "temperature": 0.5}
OPENAI = {"max_tokens": 9, "temperature": 0.5}


def container(name, **more):
    return Container(format=FORMATS[name], **more)


@pytest.mark.parametrize("name", ["hf", "tgi", "djl_lmi", "jumpstart_llama"])
def test_a_question_is_inputs_and_parameters(name):
    asked = container(name).query("Capital?", None, GIVEN)
    assert asked == Asked(body={"inputs": "Capital?", "parameters": GIVEN}, prompt="Capital?")
    assert container(name).query("Capital?", None, {}).body == {"inputs": "Capital?"}
    below = container(name).query("Capital?", "Of France.", {})
    assert below.body["inputs"] == below.prompt == "Of France.\n\nCapital?"


@pytest.mark.parametrize("name", ["vllm", "openai"])
def test_a_question_is_a_message(name):
    asked = container(name, model="m").query("Capital?", "Of France.", GIVEN)
    message = {"role": "user", "content": "Of France.\n\nCapital?"}
    assert asked == Asked(body={**OPENAI, "model": "m", "messages": [message]})
    assert "model" not in container(name).query("Capital?", None, {}).body


@pytest.mark.parametrize("name", ["tgi", "djl_lmi", "vllm", "openai"])
def test_a_conversation_is_its_messages(name):
    assert container(name).chat(TALK, GIVEN) == Asked(body={**OPENAI, "messages": TALK})


def test_a_conversation_is_a_text_for_who_only_continues_texts():
    asked = container("hf").chat(TALK, GIVEN)
    body = {"inputs": SCRIPT, "parameters": GIVEN}
    assert asked == Asked(body=body, prompt=SCRIPT, is_script=True)


def test_a_conversation_is_a_dialog_for_llama_of_jumpstart():
    asked = container("jumpstart_llama").chat(TALK, GIVEN)
    assert asked == Asked(body={"inputs": [TALK], "parameters": GIVEN})
    assert FORMATS["jumpstart_llama"].attributes == "accept_eula=true"


def test_a_route_may_choose_how_conversations_are_put():
    chosen = replace(FORMATS["jumpstart_llama"], chat="messages")
    assert Container(format=chosen).chat(TALK, {}).body == {"messages": TALK}


@pytest.mark.parametrize(
    "task",
    sorted(TASKS - {"text-generation", "question-answering", "zero-shot-classification"}),
)
def test_other_tasks_take_a_text_and_of_a_conversation_the_last_one(task):
    one = container("hf", task=task)
    assert one.query("Paris is [MASK].", None, {}).body == {"inputs": "Paris is [MASK]."}
    assert one.chat(TALK, {"top_k": 2}).body == {"inputs": "Capital?", "parameters": {"top_k": 2}}


def test_a_question_about_a_text_needs_the_text():
    one = container("hf", task="question-answering")
    inputs = {"question": "Capital?", "context": "Paris is the capital."}
    assert one.query("Capital?", "Paris is the capital.", {}).body == {"inputs": inputs}
    for context in (None, "", " \n"):
        with pytest.raises(ContextMissing):
            one.query("Capital?", context, {})
    with pytest.raises(ContextMissing):
        one.chat(TALK, {})


@pytest.mark.parametrize(
    ("context", "parameters", "labels"),
    [
        ("sport, politics;art\n", {}, ["sport", "politics", "art"]),
        (None, {"candidate_labels": ["a", "b"]}, ["a", "b"]),
        ("ignored", {"candidate_labels": "a,b"}, "a,b"),
    ],
)
def test_labels_come_from_the_context_or_the_parameters(context, parameters, labels):
    one = container("hf", task="zero-shot-classification")
    asked = one.query("Who won?", context, {**parameters, "multi_label": True})
    assert asked.body == {
        "inputs": "Who won?",
        "parameters": {"multi_label": True, "candidate_labels": labels},
    }


@pytest.mark.parametrize("context", [None, " ", ",;\n"])
def test_without_labels_nothing_can_be_classified(context):
    with pytest.raises(ContextMissing):
        container("hf", task="zero-shot-classification").query("Who won?", context, {})


def test_a_stream_is_asked_for():
    tgi = container("tgi")
    assert streaming(tgi.query("?", None, {})) == {"inputs": "?", "stream": True}
    assert streaming(tgi.chat(TALK, {})) == {
        "messages": TALK,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_route_may_add_fields():
    one = container("vllm", extra={"chat_template_kwargs": {"thinking": False}})
    assert one.chat(TALK, {}).body["chat_template_kwargs"] == {"thinking": False}
    hf = container("hf", extra={"options": {"wait_for_model": True}})
    assert hf.query("?", None, {}).body["options"] == {"wait_for_model": True}
