"""What a model answered, out of whatever body its container sent.

The forms are those of the Hugging Face, TGI, DJL and vLLM containers, of JumpStart and of
the Model Service's own chat, whose content may be a Python list in words.
"""

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.chat_message import kept_message
from app.domain.reply_text import choice_of, first_of, is_continuation, text_of
from app.domain.storable import storable

_LARGEST_COUNT = 2**31 - 1
_LONGEST_REASON = 64
# A literal takes many times its length in memory while it is read.
_LONGEST_LITERAL = 262_144
# Single quotes, as repr() writes keys: JSON in an answer is what the model wanted to say.
_LITERAL = re.compile(
    r"\s*\[\[?\{'(generated_text|generation|answer|summary_text|translation_text"
    r"|label|score|token|token_str|sequence)': "
)


class ReplyFailure(Exception):
    """The body is no answer; ``message`` says why, ``said`` what its sender says of it."""

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.said = said


@dataclass(frozen=True, slots=True)
class Reply:
    """The text of an answer, and what its sender told about it.

    ``message`` is the assistant's message where it says more than the text.
    """

    text: str
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    message: Mapping[str, Any] | None = None


def read_json(body: bytes) -> Any:
    """Return the value of a JSON body; raises ReplyFailure when it is none."""
    try:
        return json.loads(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ReplyFailure("expected UTF-8, found other bytes") from error
    except (ValueError, RecursionError) as error:
        raise ReplyFailure("expected JSON, found something else") from error


def read_reply(body: bytes, *, prompt: str) -> Reply:
    """Return the answer in ``body``; ``prompt`` is what was asked, which some echo.

    Raises ReplyFailure for an error in any dress, for no JSON and for an empty value.
    """
    value = read_json(body)
    raise_for_error(value)
    text = text_of(value)
    if text is None:
        text = _plain(value, body)
    elif choice_of(value):
        text = _unwrapped(text, prompt)
    elif is_continuation(value):
        text = without_echo(text, prompt)
    message = kept_message(choice_of(first_of(value)).get("message"))
    return Reply(storable(text), finish_reason(value), *tokens(value), message)


def raise_for_error(value: Any) -> None:
    """Raise ReplyFailure when ``value`` reports one, as variant A does with HTTP 200."""
    first = first_of(value)
    if not isinstance(first, dict):
        return
    # An error of vLLM's is an object of that name.
    error = first if first.get("object") == "error" else first.get("error")
    if error is not None and error is not False:
        raise ReplyFailure("found an error instead of an answer", _said(error))
    if finish_reason(value) == "error":
        raise ReplyFailure("the answer broke off with an error")


def without_echo(text: str, prompt: str) -> str:
    """Return ``text`` without the prompt at its beginning, when it is an echo.

    A text that begins like the prompt need not be one: "Hello! Who is there?" answers
    "Hello". An echo ends at a space, or is of a prompt that ends with punctuation.
    """
    rest = text.removeprefix(prompt)
    if not prompt or rest == text or not rest.strip():
        return text
    if prompt[-1].isalnum() and not rest[0].isspace():
        return text
    # The indentation of a first line belongs to the answer: it may be code.
    return rest.lstrip("\r\n") if rest[0] in "\r\n" else rest.lstrip(" \t")


def _unwrapped(content: str, prompt: str) -> str:
    """Return the text inside a Python list in words; ``content`` where it is no such thing."""
    if len(content) > _LONGEST_LITERAL or not _LITERAL.match(content):
        return content
    try:
        value = ast.literal_eval(content.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return content
    text = text_of(value)
    if text is None:
        return content
    return without_echo(text, prompt) if is_continuation(value) else text


def _plain(value: Any, body: bytes) -> str:
    """Return a string as it is and any other value as the JSON it came in."""
    if isinstance(value, str):
        return value
    if value is None or value in ([], {}):
        raise ReplyFailure("expected an answer, found an empty value")
    return body.decode("utf-8").strip()


def finish_reason(value: Any) -> str | None:
    """Return why the answer ended, in its sender's words."""
    first = first_of(value)
    reason = choice_of(first).get("finish_reason") or _details(first).get("finish_reason")
    return storable(reason)[:_LONGEST_REASON] if isinstance(reason, str) else None


def tokens(value: Any) -> tuple[int | None, int | None]:
    """Return how many tokens were asked and answered, None where nobody counted."""
    first = first_of(value)
    usage = first.get("usage") if isinstance(first, dict) else None
    if not isinstance(usage, dict):
        return None, _count(_details(first).get("generated_tokens"))
    return _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))


def _details(first: Any) -> dict[str, Any]:
    details = first.get("details") if isinstance(first, dict) else None
    return details if isinstance(details, dict) else {}


def _count(value: Any) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and 0 <= value <= _LARGEST_COUNT else None


def _said(error: Any) -> str:
    """Return the words of an error: a text, or OpenAI's object with a message."""
    words = error.get("message") if isinstance(error, dict) else error
    return words if isinstance(words, str) else ""
