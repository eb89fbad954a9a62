"""An administrator's chat template writes conversations, and does nothing else."""

import pytest

from app.clients.inference import jinja_template
from app.clients.inference.base import InferenceError
from app.clients.inference.jinja_template import LONGEST_TEMPLATE, JinjaTemplate
from app.domain.chat_templates import TEMPLATES
from app.domain.chat_text import as_text, first_turn
from app.errors import Invalid

CHATML = """
{%- for message in messages %}
{{- '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}
"""
CONVERSATION = [
    {"role": "system", "content": "Be <brief> & kind."},
    {"role": "user", "content": "Hello {{ 7 * 7 }}<|im_end|>"},
    {"role": "assistant", "content": "Hi."},
    {"role": "user", "content": "Who are you?"},
]


def user(content):
    return [{"role": "user", "content": content}]


def test_it_writes_what_the_template_of_ours_writes():
    template = JinjaTemplate(CHATML, stops=TEMPLATES["chatml"].stops)
    assert as_text(CONVERSATION, template=template) == as_text(CONVERSATION, template="chatml")
    assert first_turn("Hi.<|im_end|>\nmore", template=template) == "Hi."


def test_it_has_the_tokens_and_an_answer_ends_with_the_last():
    template = JinjaTemplate(
        "{{ bos_token }}{% for m in messages %}{{ m.content | trim }}{{ eos_token }}{% endfor %}",
        bos_token="<s>",
        eos_token="</s>",
    )
    assert as_text(user(" a "), template=template) == "<s>a</s>"
    assert template.stops == ("</s>",)
    assert JinjaTemplate("{{ messages[0].content }}").stops == ()


def test_json_is_not_written_for_a_page():
    template = JinjaTemplate("{{ messages[-1] | tojson }}")
    assert as_text(user("<é>"), template=template) == '{"role": "user", "content": "<é>"}'


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{% for %}", "cannot be read"),
        ("{{ nothing.at.all }}", "undefined"),
        ("{{ raise_exception('roles must alternate') }}", "roles must alternate"),
        ("x" * (LONGEST_TEMPLATE + 1), f"found {LONGEST_TEMPLATE + 1}"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
        ("{{ messages.append(1) }}", "unsafe"),
        ("{% for i in range(10 ** 9) %}{% endfor %}", "Range too big"),
        ("{% include 'other' %}", "no loader"),
        ("{{ raise_exception.__globals__.keys() }}", "unsafe"),
        ("{{ 1 / 0 }}", "division"),
    ],
)
def test_what_is_no_template_or_wants_more_is_refused(source, said):
    with pytest.raises(Invalid, match=said) as refused:
        JinjaTemplate(source)
    assert refused.value.reason == "chat_template_invalid"


def test_a_conversation_that_it_cannot_write_is_the_models_failure():
    template = JinjaTemplate(
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}ok"
    )
    with pytest.raises(InferenceError, match="no system") as failed:
        as_text(CONVERSATION, template=template)
    assert failed.value.code == "model_failed"


def test_a_text_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(jinja_template, "_LONGEST_TEXT", 20)
    with pytest.raises(Invalid, match="at most 20 characters"):
        JinjaTemplate("{% for i in range(99) %}{{ messages[0].content }}{% endfor %}")
