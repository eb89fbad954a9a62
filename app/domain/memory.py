"""What of a conversation goes to the model again with the next message."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from app.domain.token_count import ANSWER_START_TOKENS, MESSAGE_TOKENS, TokenCounter
from app.errors import Invalid

_RECALL = "What was said before, in short:\n"


def recall_text(summary: str) -> str:
    """Return a summary as a model is told it."""
    return _RECALL + summary


@dataclass(frozen=True, slots=True)
class Turn:
    """A prompt and the answer it got; ``sequence`` is its place in the conversation."""

    prompt: str
    answer: str
    prompt_id: UUID | None = None
    response_id: UUID | None = None
    sequence: int = 0
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """A text that stands for all turns up to and with ``up_to_sequence``."""

    content: str
    up_to_sequence: int
    id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How many tokens a question and its answer may have, and how they are counted.

    ``is_known`` says that the model takes no more; else ``context_tokens`` is a guess that
    bounds the memory alone, and a message goes however long it is.
    """

    counter: TokenCounter
    context_tokens: int
    answer_tokens: int
    is_known: bool = False

    @property
    def tokens(self) -> int:
        """What is left for the messages."""
        return self.context_tokens - self.answer_tokens - ANSWER_START_TOKENS

    def of(self, *texts: str) -> int:
        """Return what messages with these texts take."""
        return sum(self.counter.count(text) + MESSAGE_TOKENS for text in texts)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a message came from; a system prompt has no id."""

    kind: Literal["system", "summary", "prompt", "response"]
    id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The messages to send, the source of each, and what was left out.

    ``tokens`` is what the messages take; turns that a summary stands for are not dropped.
    """

    messages: list[dict[str, str]]
    sources: list[Source]
    tokens: int
    dropped_turns: int
    dropped_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The new message, and the system prompt that goes before everything."""

    content: str
    id: UUID | None = None
    system_prompt: str | None = None


def select_memory(
    *, turns: Sequence[Turn], question: Question, budget: Budget, recall: Recall | None = None
) -> Selection:
    """Return what to send: system prompt, summary, turns in their order, the new message.

    ``turns`` come oldest first. The system prompt, pinned turns and the new message always
    go; a summary where there is room for it, and then none of the turns that it stands for.
    Of the others whole turns are kept or left, newest kept first, until the room is used up,
    so a model never sees an answer without its question, nor a conversation with a gap that
    no pin explains. Raises Invalid (``context_too_long``) where what always goes is more
    than the model takes.
    """
    pins = [turn for turn in turns if turn.pinned]
    room = _room(question, pins, budget)
    if recall and budget.of(recall_text(recall.content)) > room:
        recall = None
    room -= budget.of(recall_text(recall.content)) if recall else 0
    covered = recall.up_to_sequence if recall else -1
    others = [turn for turn in turns if not turn.pinned and turn.sequence > covered]
    kept = _newest(others, room, budget)
    dropped = others[: len(others) - len(kept)]
    whole = sorted([*pins, *kept], key=lambda turn: turn.sequence)
    said = [*_before(question, recall), *_said(whole)]
    said.append((Source("prompt", question.id), "user", question.content))
    return Selection(
        messages=[{"role": role, "content": content} for _, role, content in said],
        sources=[source for source, _, _ in said],
        tokens=budget.of(*(content for _, _, content in said)),
        dropped_turns=len(dropped),
        dropped_tokens=sum(budget.of(turn.prompt, turn.answer) for turn in dropped),
    )


def _room(question: Question, pins: Sequence[Turn], budget: Budget) -> int:
    """Return how many tokens are left beside what always goes."""
    system = budget.of(question.system_prompt) if question.system_prompt else 0
    pinned = sum(budget.of(turn.prompt, turn.answer) for turn in pins)
    message = budget.of(question.content)
    found = system + pinned + message
    if found > budget.tokens and budget.is_known:
        about = "about " if budget.counter.is_estimate else ""
        raise Invalid(
            f"expected at most {max(budget.tokens, 0)} tokens beside {budget.answer_tokens} for"
            f" the answer, found {about}{found}: system prompt {system}, pinned turns {pinned},"
            f" message {message}",
            code="context_too_long",
            expected_tokens=max(budget.tokens, 0),
            found_tokens=found,
        )
    return budget.tokens - found


def _newest(turns: Sequence[Turn], room: int, budget: Budget) -> Sequence[Turn]:
    """Return the latest whole turns that fit."""
    for place in range(len(turns) - 1, -1, -1):
        room -= budget.of(turns[place].prompt, turns[place].answer)
        if room < 0:
            return turns[place + 1 :]
    return turns


_Said = tuple[Source, str, str]


def _before(question: Question, recall: Recall | None) -> list[_Said]:
    said: list[_Said] = []
    if question.system_prompt:
        said.append((Source("system", None), "system", question.system_prompt))
    if recall:
        said.append((Source("summary", recall.id), "system", recall_text(recall.content)))
    return said


def _said(turns: Sequence[Turn]) -> list[_Said]:
    said: list[_Said] = []
    for turn in turns:
        said.append((Source("prompt", turn.prompt_id), "user", turn.prompt))
        said.append((Source("response", turn.response_id), "assistant", turn.answer))
    return said
