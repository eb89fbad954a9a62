"""How many tokens a call may take: what its question is estimated at, and the longest answer."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.reply_text import content_text
from app.domain.token_count import ANSWER_START_TOKENS, ESTIMATE, MESSAGE_TOKENS

# What an answer is taken for where nobody says how long it may be.
USUAL_ANSWER = 512
_LENGTHS = ("max_completion_tokens", "max_tokens", "max_new_tokens", "max_length")
# What goes to the model beside the messages, as a text.
_TOLD = ("tools", "functions", "response_format")
# As much as a column holds.
_MOST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class TokenNeed:
    """Tokens of a question, by estimate, and of the longest answer to it."""

    question: int
    answer: int

    @property
    def total(self) -> int:
        """Both together."""
        return min(_MOST, self.question + self.answer)


def token_need(
    *,
    content: str,
    context: str | None,
    messages: Sequence[Mapping[str, Any]] | None,
    parameters: Mapping[str, Any],
) -> TokenNeed:
    """Return what a call needs: ``messages`` where there are some, else ``content`` alone.

    An answer may be as long as the largest length that the parameters name.
    """
    texts = [content, context or ""] if messages is None else list(_texts(messages))
    told = [json.dumps(parameters[name]) for name in _TOLD if parameters.get(name)]
    question = ANSWER_START_TOKENS + sum(
        MESSAGE_TOKENS + ESTIMATE.count(text) for text in (*texts, *told) if text
    )
    lengths = [parameters[name] for name in _LENGTHS if _is_length(parameters.get(name))]
    return TokenNeed(min(_MOST, question), max(lengths, default=USUAL_ANSWER))


def answer_tokens(text: str | None) -> int:
    """Return the estimate for an answer that nobody counted."""
    return min(_MOST, ESTIMATE.count(text or ""))


def _texts(messages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for message in messages:
        yield content_text(message.get("content")) or ""
        if message.get("tool_calls"):
            yield json.dumps(message["tool_calls"])


def _is_length(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
