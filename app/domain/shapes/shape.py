"""What a shape is: its columns, and how a row becomes records."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from app.domain.shapes.row import Row


class Plain(StrEnum):
    """Kinds of values; JSON is anything that has no one form, and a text in tables."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole"
    FLAG = "flag"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one kind."""

    item: "Kind"


@dataclass(frozen=True, slots=True)
class Fields:
    """An object whose keys are always all there."""

    columns: tuple["Column", ...]


Kind: TypeAlias = Plain | ListOf | Fields
Column: TypeAlias = tuple[str, Kind]
Record: TypeAlias = dict[str, Any]

MESSAGES = ListOf(Fields((("role", Plain.TEXT), ("content", Plain.TEXT))))


class Reason(StrEnum):
    """Why something does not become a record."""

    NO_TARGET = "no_target"
    UNDECIDED = "undecided"
    NO_SCORES = "no_scores"
    TIE = "tie"
    EQUAL_PAIR = "equal_pair"
    DUPLICATE_PAIR = "duplicate_pair"
    CONTRADICTION = "contradiction"
    PROMPTS_DIFFER = "prompts_differ"
    NO_PAIR = "no_pair"


@dataclass(frozen=True, slots=True)
class Drop:
    """What is left out, by the id of the response, feedback or prompt, and why."""

    reason: Reason
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an export may choose.

    ``threshold`` is the mean place of scores (0 to 1) from which an answer is a target,
    ``margin`` by how much a better answer is better; ``as_text`` has prompts and answers be
    texts instead of messages; ``dimensions`` are the model's, in their order.
    """

    threshold: float = 0.75
    margin: float = 0.1
    as_text: bool = False
    dimensions: tuple[str, ...] = ()


Made: TypeAlias = Record | Drop
_Found = TypeVar("_Found")


def records_of(
    found: Iterable[_Found | Drop], record: Callable[[_Found], Record]
) -> Iterator[Made]:
    """Yield the record of each that is found; what is left out stays as it is."""
    for one in found:
        yield one if isinstance(one, Drop) else record(one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A training format; every record has every key of ``columns(rules)``, in their order."""

    name: str
    about: str
    columns: Callable[[Rules], tuple[Column, ...]]
    make: Callable[[Row, Rules], Iterator[Made]]
