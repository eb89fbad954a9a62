"""Frozen rows: an entry or a preference by itself, as bytes that are the same for the same row.

A question with all that was said of its answers comes apart into one piece an entry or
preference, each with the question and the answers it is about, so that each can be proven,
compared and erased alone. Pieces of a question make the question again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeAlias

from app.domain.shapes.row import Answer, Choice, Judgement, Row, Score
from app.utils.canonical_json import canonical_bytes

Json: TypeAlias = dict[str, Any]
_QUESTION = ("prompt_id", "interaction_id", "model_id", "prompt", "language", "intent")
_ANSWER = ("response_id", "model_id", "model_version", "content")
_SCORE = ("dimension", "version", "score", "place", "justification")
_JUDGEMENT = (
    *("entry_id", "feedback_id", "rater", "created_at", "rating", "comment", "correction"),
    *("flag", "valid", "invalid", "weight"),
)
_CHOICE = ("preference_id", "rater", "verdict", "weight")


class Kind(StrEnum):
    """What a frozen row is of."""

    ENTRY = "entry"
    PREFERENCE = "preference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A row of a version to be: the id of what it is of, who said it, and its content."""

    source_id: str
    rater: str
    content: bytes


def pieces(row: Row) -> Iterator[Piece]:
    """Yield the entries of a question in the order of their ids, then its preferences."""
    question = {**_taken(row, _QUESTION), "tags": list(row.tags)}
    for judgement, answer in _judged(row):
        said = _taken(judgement, _JUDGEMENT)
        said["scores"] = [_taken(score, _SCORE) for score in judgement.scores]
        yield _piece(Kind.ENTRY, judgement.entry_id, question, [answer], said)
    for choice in sorted(row.choices, key=lambda one: one.preference_id):
        about = [one for one in row.answers if one.response_id in choice.ranks]
        said = {**_taken(choice, _CHOICE), "ranks": dict(choice.ranks)}
        yield _piece(Kind.PREFERENCE, choice.preference_id, question, about, said)


def row_of(contents: Sequence[Json]) -> Row:
    """Return the question that pieces of it are of, given as they were read from bytes."""
    question = contents[0]["question"]
    answers: dict[str, Json] = {}
    judgements: dict[str, list[Judgement]] = {}
    choices = []
    for one in contents:
        answers |= {answer["response_id"]: answer for answer in one["answers"]}
        if one["kind"] == Kind.ENTRY:
            about = one["answers"][0]["response_id"]
            judgements.setdefault(about, []).append(_judgement(one["said"]))
        else:
            choices.append(Choice(**one["said"]))
    return Row(
        **{name: question[name] for name in _QUESTION},
        tags=tuple(question["tags"]),
        answers=tuple(_answer(answers[id_], judgements.get(id_, ())) for id_ in sorted(answers)),
        choices=tuple(choices),
    )


def context_of(answer: Json) -> list[dict[str, str]]:
    """Return the messages that came before the question, in the form that exports have."""
    return [{"role": told["role"], "content": told["content"]} for told in answer["context"]]


def framed(content: bytes, split: str) -> bytes:
    """Return the bytes that are hashed: content with its split, in canonical JSON."""
    return b'{"content":%b,"split":%b}' % (content, canonical_bytes(split))


def leaf(row: bytes, salt: bytes) -> bytes:
    """Return the leaf of framed bytes: SHA-256 of a salt of 32 bytes and them."""
    return sha256(salt + row).digest()


def _judged(row: Row) -> list[tuple[Judgement, Answer]]:
    """Return what is selected: a version holds nothing else."""
    found = [(one, answer) for answer in row.answers for one in answer.judgements if one.selected]
    return sorted(found, key=lambda pair: pair[0].entry_id)


def _piece(
    kind: Kind, source_id: str, question: Json, answers: Iterable[Answer], said: Json
) -> Piece:
    about = [
        {**_taken(one, _ANSWER), "context": [dict(told) for told in one.context]}
        for one in sorted(answers, key=lambda one: one.response_id)
    ]
    content = {"kind": kind, "question": question, "answers": about, "said": said, "masked": []}
    return Piece(source_id=source_id, rater=said["rater"], content=canonical_bytes(content))


def _taken(value: Any, names: Iterable[str]) -> Json:
    return {name: getattr(value, name) for name in names}


def _answer(found: Json, judgements: Iterable[Judgement]) -> Answer:
    given = {name: found[name] for name in _ANSWER}
    return Answer(**given, context=tuple(context_of(found)), judgements=tuple(judgements))


def _judgement(said: Json) -> Judgement:
    scores = tuple(Score(**one) for one in said["scores"])
    return Judgement(**{**said, "scores": scores})
