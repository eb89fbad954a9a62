"""A route may name the chat template of its model, or bring it."""

import pytest

from app.clients.inference.template_settings import template_fault, template_of
from app.domain.chat_text import as_text

HELLO = [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("mistral", "[INST] Hello [/INST]"),
        ({"jinja": "{{ bos_token }}{{ messages[0].content }}", "bos_token": "<s>"}, "<s>Hello"),
        ({"jinja": "{{ messages[0].content }}", "eos_token": "</s>", "stops": ["X"]}, "Hello"),
    ],
)
def test_a_template_writes_conversations(value, text):
    assert template_fault(value) is None
    assert as_text(HELLO, template=template_of(value)) == text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("nobodys", "must be one of plain, chatml"),
        (5, "a template's name"),
        ({"bos_token": "<s>"}, "an object with jinja"),
        ({"jinja": 5}, "an object with jinja"),
        ({"jinja": "x", "more": 1, "and": 2}, "unknown fields: and, more"),
        ({"jinja": "x", "eos_token": 5}, "no texts"),
        ({"jinja": "x", "stops": "abc"}, "no texts"),
        ({"jinja": "x", "stops": [""]}, "no texts"),
        ({"jinja": "x", "stops": ["a"] * 9}, "no texts"),
        ({"jinja": "{% for %}"}, "cannot be read"),
        ({"jinja": "{{ 1 / 0 }}"}, "cannot write"),
    ],
)
def test_what_is_no_template_is_told(value, said):
    assert said in template_fault(value)
