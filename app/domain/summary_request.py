"""How a model is asked to sum up the older part of a conversation, and which part that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.memory import Budget, Turn
from app.domain.token_count import TokenCounter

_LONGEST_SUMMARY = 400
_SHARE = 8
_KEPT_SHARE = 2
_TASK = (
    "Sum up the conversation below, so that you can go on with it later without having read"
    " it. Keep names, numbers, decisions, wishes and open questions; leave out greetings. Use"
    " the language of the conversation and at most {words} words. Answer with the summary alone."
)


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """The messages to send; the summary stands for all up to and with ``up_to_sequence``."""

    messages: list[dict[str, str]]
    up_to_sequence: int
    longest_tokens: int


def summary_request(
    turns: Sequence[Turn], *, budget: Budget, earlier: str | None = None
) -> SummaryRequest | None:
    """Return how to sum up the oldest turns, with what was summed up before, or None.

    ``turns`` come oldest first, none of them summed up yet. The newest ones, up to half of the
    room, stay as they are. What the model cannot read at once is left for the next time; a
    turn that alone is too long is cut.
    """
    old = _old(turns, budget)
    if not old:
        return None
    longest = min(_LONGEST_SUMMARY, budget.context_tokens // _SHARE)
    task = _TASK.format(words=max(longest * 3 // 4, 1))
    room = replace(budget, answer_tokens=longest).tokens - budget.of(task, "")
    before = [shortened(f"Summary so far: {earlier}", room // 2, budget.counter)] if earlier else []
    told, last = _told(old, room - sum(map(budget.counter.count, before)), budget.counter)
    messages = [
        {"role": "system", "content": task},
        {"role": "user", "content": "\n".join([*before, *told])},
    ]
    return SummaryRequest(messages, last.sequence, longest)


def _told(turns: Sequence[Turn], room: int, counter: TokenCounter) -> tuple[Sequence[str], Turn]:
    """Return the first turns that fit as texts, at least one, and the last of these."""
    told: list[str] = []
    last = turns[0]
    for turn in turns:
        text = f"User: {turn.prompt}\nAssistant: {turn.answer}"
        tokens = counter.count(text) + 1
        if tokens > room and told:
            break
        told.append(shortened(text, room, counter))
        room, last = room - tokens, turn
    return told, last


def shortened(text: str, tokens: int, counter: TokenCounter) -> str:
    """Return the beginning of a text that has at most so many tokens."""
    length = len(text)
    while length and counter.count(text[:length]) > tokens:
        length = length * 3 // 4
    return text[:length]


def _old(turns: Sequence[Turn], budget: Budget) -> Sequence[Turn]:
    room = budget.tokens // _KEPT_SHARE
    for place in range(len(turns) - 1, -1, -1):
        room -= budget.of(turns[place].prompt, turns[place].answer)
        if room < 0:
            return turns[: place + 1]
    return ()
