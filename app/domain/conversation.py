"""A finished conversation from elsewhere, whatever form it came in, and its turns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import takewhile
from typing import Any

USER, ASSISTANT, SYSTEM, TOOL = "user", "assistant", "system", "tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; ``whole`` is all of it in the OpenAI form, ``text`` what people read.

    ``is_plain`` says that role and text are all there is to it.
    """

    role: str
    text: str
    whole: dict[str, Any]
    is_plain: bool = True
    said_at: datetime | None = None
    rating: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One of several answers to the same question; without a model, the conversation's."""

    message: Message
    model_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What a line says; ``more`` are the fields that have no place of their own.

    ``alternatives`` are answers to the last question, where it ends with one.
    """

    messages: tuple[Message, ...]
    alternatives: tuple[Alternative, ...] = ()
    external_id: str | None = None
    model_id: str | None = None
    user_id: str | None = None
    title: str | None = None
    system_prompt: str | None = None
    status: str = "completed"
    training_consent: bool | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    ended_at: datetime | None = None
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def all_messages(self) -> tuple[Message, ...]:
        """Return the messages, and the answers to choose from behind them."""
        return (*self.messages, *(one.message for one in self.alternatives))


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldTurn:
    """A question and, where the turn ends with one, its answer.

    ``messages`` are all that went to the model with it where they are more than the
    question: a greeting before it, calls of tools and what they returned.
    """

    question: Message
    answer: Message | None
    messages: list[dict[str, Any]] | None
    alternatives: tuple[Alternative, ...] = ()


def system_prompt_of(conversation: Conversation) -> str | None:
    """Return what the model was told before everything."""
    texts = [conversation.system_prompt, *(one.text for one in _opening(conversation.messages))]
    return "\n\n".join(dict.fromkeys(text for text in texts if text)) or None


def turns_of(conversation: Conversation) -> list[ToldTurn]:
    """Return the turns; what stands before the first question goes with it."""
    messages = conversation.messages[len(_opening(conversation.messages)) :]
    *earlier, last = [_turn(segment) for segment in _segments(messages)]
    return [*earlier, replace(last, alternatives=conversation.alternatives)]


def _opening(messages: Sequence[Message]) -> list[Message]:
    return list(takewhile(lambda message: message.role == SYSTEM, messages))


def _segments(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Yield runs of messages with one question each.

    An instruction after an answer belongs to the next question, if there is one.
    """
    segment: list[Message] = []
    coming: list[Message] = []
    has_question = False
    for message in messages:
        if message.role == USER and has_question:
            yield segment
            segment, coming = [*coming, message], []
        elif message.role == SYSTEM and has_question and segment[-1].role == ASSISTANT:
            coming.append(message)
        else:
            segment, coming = [*segment, *coming, message], []
            has_question = has_question or message.role == USER
    yield [*segment[:-1], *coming, segment[-1]]


def _turn(segment: Sequence[Message]) -> ToldTurn:
    question = next(message for message in segment if message.role == USER)
    answer = segment[-1] if segment[-1].role == ASSISTANT else None
    sent = segment[:-1] if answer else segment
    is_plain = len(sent) == 1 and question.is_plain
    messages = None if is_plain else [message.whole for message in sent]
    return ToldTurn(question=question, answer=answer, messages=messages)
