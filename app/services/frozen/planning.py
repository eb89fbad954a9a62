"""Planning: which collected rows are left out as near duplicates, and who goes to which split.

Memory grows by the number of questions and conversations, a few bytes each, never by texts.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, insert, text
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.components import Components
from app.domain.likeness import Example, alike, example
from app.domain.splits import People, Splits, components
from app.models import FrozenDrop, FrozenSplit
from app.services import large_reads
from app.services.frozen import contents
from app.services.frozen.sketches import Sketches
from app.utils.iterables import batched

_BATCH = 2000
_SKETCHED = 200
_ID_BYTES = 16
# Texts of pairs that are compared at a time.
_PAIRS = 200
_SIZES = """
SELECT count(DISTINCT interaction_id) AS conversations,
       (SELECT count(DISTINCT person) FROM ({people}) p) AS people
FROM dataset_version_contents WHERE version_id = :version_id
"""
_OWNERS = """
SELECT DISTINCT interaction_id, owner AS person FROM dataset_version_contents
WHERE version_id = :version_id
"""
_EVERYBODY = f"""{_OWNERS}
UNION SELECT DISTINCT interaction_id, rater FROM dataset_version_contents
WHERE version_id = :version_id
"""  # noqa: S608  # Only what stands above is put in.
# Numbers from 0 on, of conversations the oldest first: ids are made in the order of time.
_LINKS = """
SELECT uuid_send(interaction_id) AS id,
       dense_rank() OVER (ORDER BY interaction_id) - 1 AS conversation,
       dense_rank() OVER (ORDER BY person) - 1 AS person
FROM ({people}) p ORDER BY interaction_id
"""
_PLACE = text(
    """
INSERT INTO dataset_version_splits (version_id, interaction_id, split)
SELECT :version_id, drawn.id, drawn.split
FROM unnest(CAST(:ids AS uuid[]), CAST(:splits AS text[])) AS drawn(id, split)
"""
)
_ROWS = text(
    """
SELECT number, source_id, prompt_id, content FROM dataset_version_contents
WHERE version_id = :version_id AND number = ANY(:numbers) ORDER BY number
"""
)


def forget(session: Session, *, version_id: UUID) -> None:
    """Drop a plan that a crash left half made."""
    for table in (FrozenSplit, FrozenDrop):
        session.execute(delete(table).where(table.version_id == version_id))


@dataclass(slots=True)
class _Conversations:
    """The conversations of a version, the oldest first, by their ids, and what they hang on."""

    ids: bytearray = field(default_factory=bytearray)

    def links(self, rows: Iterable[Any]) -> Iterator[tuple[int, int]]:
        for row in rows:
            if row.conversation == len(self):
                self.ids += row.id
            yield row.conversation, row.person

    def __len__(self) -> int:
        return len(self.ids) // _ID_BYTES

    def id_of(self, number: int) -> UUID:
        begins = number * _ID_BYTES
        return UUID(bytes=bytes(self.ids[begins : begins + _ID_BYTES]))


def split(transactions: Transactions, *, version_id: UUID, splits: Splits) -> dict[str, int]:
    """Write down the split of each conversation; return how many components there are."""
    people = _EVERYBODY if splits.people == People.EVERYBODY else _OWNERS
    values, told = {"version_id": version_id}, _Conversations()
    with transactions() as session:
        large_reads.prepare(session)
        sizes = session.execute(text(_SIZES.format(people=people)), values).one()
        statement = _LINKS.format(people=people)
        rows = large_reads.rows(session, statement=statement, values=values, many=True)
        found = components(told.links(rows), conversations=sizes.conversations, people=sizes.people)
    _draw(transactions, version_id, splits, told, found)
    sizes_of = Counter(found.root(number) for number in range(len(told)))
    return {
        "conversations": len(told),
        "people": sizes.people,
        "components": len(sizes_of),
        "largest_component": max(sizes_of.values(), default=0),
    }


def _draw(
    transactions: Transactions,
    version_id: UUID,
    splits: Splits,
    told: _Conversations,
    found: Components,
) -> None:
    names, codes = [name for name, _ in splits.shares], bytearray()
    for first in range(0, len(told), _BATCH):
        ids = [told.id_of(number) for number in range(first, min(first + _BATCH, len(told)))]
        for number, id_ in enumerate(ids, start=first):
            root = found.root(number)
            drawn = codes[root] if root < number else names.index(splits.of(str(id_)))
            codes.append(drawn)
        placed = {"ids": [id_.hex for id_ in ids], "splits": [names[one] for one in codes[first:]]}
        with transactions() as session:
            session.execute(_PLACE, {"version_id": version_id, **placed})


@dataclass(slots=True)
class _Questions:
    """Which rows each question has, by its number from the newest on."""

    first: "array[int]" = field(default_factory=lambda: array("i"))
    rows: "array[int]" = field(default_factory=lambda: array("i"))

    def add(self, numbers: Sequence[int]) -> None:
        self.first.append(numbers[0])
        self.rows.append(numbers[-1] - numbers[0] + 1)

    def numbers(self, question: int) -> range:
        return range(self.first[question], self.first[question] + self.rows[question])


def thin(transactions: Transactions, *, version_id: UUID) -> None:
    """Write down which rows are left out: those of questions that are nearly an older one."""
    questions = _Questions()
    with Sketches() as sketches:
        found = contents.collected(transactions, version_id=version_id)
        for some in batched(found, _SKETCHED):
            sketches.add([example(contents_).whole for _, contents_ in some])
            for numbers, _ in some:
                questions.add(numbers)
        dropped = bytearray(sketches.size)
        for pairs in batched(sketches.pairs(), _PAIRS):
            with transactions() as session:
                _drop(session, version_id, questions, pairs, dropped)


def _drop(
    session: Session,
    version_id: UUID,
    questions: _Questions,
    pairs: Sequence[tuple[int, int]],
    dropped: bytearray,
) -> None:
    """Drop the newer one of each pair that is alike, unless the older one is dropped itself."""
    open_ = [pair for pair in pairs if not dropped[pair[0]] and not dropped[pair[1]]]
    texts = _texts(session, version_id, questions, {one for pair in open_ for one in pair})
    drops: list[dict[str, Any]] = []
    for newer, older in open_:
        # An erasure may have taken either away meanwhile.
        if dropped[newer] or dropped[older] or not {newer, older} <= texts.keys():
            continue
        likeness = alike(texts[newer].example, texts[older].example)
        if likeness is not None:
            dropped[newer] = True
            drops += _drops(version_id, texts[newer], texts[older], likeness)
    if drops:
        session.execute(insert(FrozenDrop), drops)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A question to be compared."""

    prompt_id: UUID
    source_ids: Sequence[UUID]
    example: Example


def _drops(
    version_id: UUID, newer: _Text, older: _Text, likeness: float
) -> Iterator[dict[str, Any]]:
    for source_id in newer.source_ids:
        yield {
            "version_id": version_id,
            "source_id": source_id,
            "prompt_id": newer.prompt_id,
            "kept_prompt_id": older.prompt_id,
            "resemblance": round(likeness, 4),
        }


def _texts(
    session: Session, version_id: UUID, questions: _Questions, wanted: set[int]
) -> dict[int, _Text]:
    numbers = {row: one for one in wanted for row in questions.numbers(one)}
    values = {"version_id": version_id, "numbers": list(numbers)}
    found: dict[int, list[Any]] = {}
    for row in session.execute(_ROWS, values):
        found.setdefault(numbers[row.number], []).append(row)
    return {
        one: _Text(
            prompt_id=rows[0].prompt_id,
            source_ids=[row.source_id for row in rows],
            example=example([orjson.loads(row.content) for row in rows]),
        )
        for one, rows in found.items()
    }
