"""What of a conversation goes to the model again with the next message."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """A prompt and the answer it got."""

    prompt: str
    answer: str


def messages_for(
    *, turns: Sequence[Turn], content: str, system_prompt: str | None, characters: int
) -> list[dict[str, str]]:
    """Return the messages to send: system prompt, the latest whole turns that fit, the new one.

    ``turns`` come oldest first. Whole turns are kept or left, newest kept first, until
    ``characters`` are used up, so a model never sees an answer without its question.
    """
    kept: list[Turn] = []
    left = characters - len(content) - len(system_prompt or "")
    for turn in reversed(turns):
        left -= len(turn.prompt) + len(turn.answer)
        if left < 0:
            break
        kept.append(turn)
    messages = [{"role": "system", "content": system_prompt}] if system_prompt else []
    for turn in reversed(kept):
        messages.append({"role": "user", "content": turn.prompt})
        messages.append({"role": "assistant", "content": turn.answer})
    return [*messages, {"role": "user", "content": content}]
