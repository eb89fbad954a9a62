"""Likeness: whether two questions with their answers are nearly the same training example.

What was asked and what was answered must each be alike, and numbers must be the same ones:
"what is 17 times 23" and "what is 17 times 24" differ by a character and are two questions.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.shingles import plain, resemblance, shingles

THRESHOLD = 0.8
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The texts of a question, made plain: all that the model was told, and all answers."""

    asked: str
    answered: str

    @property
    def whole(self) -> str:
        """Both in one."""
        return f"{self.asked}\n{self.answered}"


def example(contents: Sequence[dict[str, Any]]) -> Example:
    """Return the texts of a question's frozen rows; corrections are answers, too."""
    asked, answered = set(), set()
    for one in contents:
        for answer in one["answers"]:
            told = [message["content"] for message in answer["context"]]
            asked.add("\n".join([*told, one["question"]["prompt"]]))
            answered.add(answer["content"])
        answered.add(one["said"].get("correction") or "")
    return Example(asked=_plain(asked), answered=_plain(answered))


def alike(one: Example, other: Example) -> float | None:
    """Return how far two examples resemble each other, None where they are two."""
    if _NUMBER.findall(one.whole) != _NUMBER.findall(other.whole):
        return None
    asked = resemblance(shingles(one.asked), shingles(other.asked))
    answered = resemblance(shingles(one.answered), shingles(other.answered))
    least = min(asked, answered)
    return least if least >= THRESHOLD else None


def _plain(texts: set[str]) -> str:
    return "\n".join(plain(text) for text in sorted(texts))
