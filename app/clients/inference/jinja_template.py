"""Chat templates as models come with them: Jinja, in a sandbox, from an administrator.

The variables are those of Hugging Face's `chat_template`: `messages`, `bos_token`,
`eos_token`, `add_generation_prompt` and `raise_exception`. The sandbox keeps a template from
this service's insides; that it ends soon is up to the administrator who wrote it.
"""

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from jinja2 import Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.clients.inference.base import InferenceError
from app.domain.chat_templates import ChatTurn, Turns
from app.errors import Invalid

LONGEST_TEMPLATE = 16_384
# More than any context takes, and far from what memory holds.
_LONGEST_TEXT = 4_194_304
_SAMPLE = (ChatTurn("user", "Hello"), ChatTurn("assistant", "Hi."), ChatTurn("user", "And?"))


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)


def _environment() -> ImmutableSandboxedEnvironment:
    # A text for a model is no page: what a person wrote goes as it is.
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        extensions=["jinja2.ext.loopcontrols"],
    )
    environment.globals["raise_exception"] = _refuse
    environment.filters["tojson"] = _to_json
    return environment


def _to_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


_ENVIRONMENT = _environment()


class JinjaTemplate:
    """A template of an administrator's; ``stops`` are where an answer ends."""

    def __init__(
        self,
        source: str,
        *,
        bos_token: str = "",
        eos_token: str = "",
        stops: tuple[str, ...] = (),
    ) -> None:
        """Raises Invalid where it is no template, or cannot write a simple conversation."""
        self._tokens = {"bos_token": bos_token, "eos_token": eos_token}
        self.stops = stops or ((eos_token,) if eos_token else ())
        self._template = _parsed(source)
        try:
            self.render(_SAMPLE)
        except InferenceError as error:
            raise Invalid(error.message, code="chat_template_invalid") from error

    def render(self, turns: Turns) -> str:
        """Return the text, open for the assistant's turn; raises InferenceError."""
        messages = [{"role": turn.role, "content": turn.text} for turn in turns]
        pieces = self._template.generate(
            messages=messages, add_generation_prompt=True, **self._tokens
        )
        try:
            return _joined(pieces)
        except Exception as error:
            message = f"the model's chat template cannot write this conversation: {error}"
            raise InferenceError("model_failed", message) from error


def _parsed(source: str) -> Template:
    if len(source) > LONGEST_TEMPLATE:
        message = f"expected at most {LONGEST_TEMPLATE} characters, found {len(source)}"
        raise Invalid(message, code="chat_template_invalid")
    try:
        return _ENVIRONMENT.from_string(source)
    except (TemplateError, RecursionError) as error:
        message = f"the chat template cannot be read: {error}"
        raise Invalid(message, code="chat_template_invalid") from error


def _joined(pieces: Iterable[str]) -> str:
    """Return the pieces as one text; raises TemplateError where there is no end to them."""
    written, left = [], _LONGEST_TEXT
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            _refuse(f"expected at most {_LONGEST_TEXT} characters")
        written.append(piece)
    return "".join(written)
