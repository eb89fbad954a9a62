"""Rows: a question, its answers, and what people said of them, as every shape takes them.

A row is one question with everything that was said about its answers, so that a shape that
compares answers sees all of them. Live tables and frozen versions both yield rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Message: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score on a dimension; ``place`` is where it lies between 0 and 1 on its scale."""

    dimension: str
    version: int
    score: Any
    place: float
    justification: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Validated feedback of one person on one answer.

    ``weight`` says how far the person can be relied upon, 1.0 where that is unknown. What is
    not ``selected`` makes no record, but counts for how its answer stands.
    """

    entry_id: str
    feedback_id: str
    rater: str
    created_at: str
    rating: str | None = None
    comment: str | None = None
    correction: str | None = None
    flag: str | None = None
    scores: tuple[Score, ...] = ()
    valid: int = 0
    invalid: int = 0
    weight: float = 1.0
    selected: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer of a model, and the messages that it had been told before the question."""

    response_id: str
    model_id: str
    model_version: str | None
    content: str
    context: tuple[Message, ...] = ()
    judgements: tuple[Judgement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What one person prefers among the answers: ``ranks`` by response, 1 the best.

    Nobody has validated it. ``verdict`` is that of a comparison of two, else None.
    """

    preference_id: str
    rater: str
    ranks: Mapping[str, int]
    verdict: str | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A question; ``answers`` are the ones that judgements or choices are about."""

    prompt_id: str
    interaction_id: str
    model_id: str
    prompt: str
    language: str | None = None
    tags: Sequence[str] = ()
    intent: str | None = None
    answers: tuple[Answer, ...] = ()
    choices: tuple[Choice, ...] = ()

    def question(self, answer: Answer) -> list[Message]:
        """Return what the model was told, the question last."""
        return [*answer.context, {"role": "user", "content": self.prompt}]
