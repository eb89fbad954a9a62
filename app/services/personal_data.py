"""Personal data: everything of a person that an erasure would erase, for them to take along.

It follows the rules of erasure: a table that is added there is in here, too.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Table, Text, cast, func, literal_column, select, text, tuple_
from sqlalchemy.orm import Session

from app.db import Base, Transactions
from app.domain.access import Permission, Principal
from app.models import Feedback, GoldAnswer, Interaction, Validation
from app.services.erasure.fates import CONVERSATION, FEEDBACK, VERDICT, Person
from app.services.erasure.requests import refuse_others
from app.services.erasure.rules import RULES
from app.services.gold_as_verdicts import KEYS, STATEMENTS

_BATCH = 500
_ROOTS = 50
# Of a conversation: what was said. What others said of it is theirs.
_SAID = ("interactions", "prompts", "responses", "summaries", "imported_conversations")
# Of a verdict: what its validator said. The dataset entry that it led to is not theirs.
_JUDGED = ("validations", "validation_dimensions")
# Digests and kept bytes, a log of ids, what names another person beside them, and copies of
# what the other files hold.
_WITHHELD = frozenset(
    {"idempotency_keys", "events", "rater_kappas", "signals", "dataset_version_contents"}
)
# Who judged or brought it in stays between them and the service, and so does what is gold.
_OTHERS = ("validator_id", "decided_by", "importer", "digest", "gold_version")
_IS_OVER = """EXISTS (SELECT FROM feedback f JOIN validations v ON v.feedback_id = f.id
    WHERE v.id = {verdict} AND (f.status <> 'pending' OR v.round < f.round))"""
_IS_RETIRED = """EXISTS (SELECT FROM gold_items g
    WHERE g.feedback_id = {table}.feedback_id AND g.retired_at IS NOT NULL)"""
# Authors are told of a round when it is over, and of gold when it is gold no more.
_TOLD = {
    "validations": _IS_OVER.format(verdict="validations.id"),
    "validation_dimensions": _IS_OVER.format(verdict="validation_dimensions.validation_id"),
    **{name: _IS_RETIRED.format(table=name) for name in ("gold_items", "gold_answers")},
}
# Until then one's own answers to gold are among one's verdicts: nobody may tell them from those.
_OVER = {"gold_answers": _TOLD["gold_answers"]}
# What one was right and wrong in names gold.
_UNTOLD = {"reliabilities": ("reasons",)}
_GOLD = "gold"


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of JSON lines: one row of a table each, by the names of its columns."""

    name: str
    lines: Iterator[str]


def files(transactions: Transactions, *, principal: Principal, user_id: str) -> Iterator[DataFile]:
    """Return the files of a person's data; their lines are read a batch a transaction.

    Raises Forbidden, before the first file, for the data of others.
    """
    refuse_others(principal, user_id=user_id, permission=Permission.PERSONAL_DATA_READ_ALL)
    return _files(transactions, user_id)


def _files(transactions: Transactions, user_id: str) -> Iterator[DataFile]:
    for table, rule in RULES.items():
        if table in _WITHHELD:
            continue
        if table in _SAID:
            lines = _on_roots(transactions, table, CONVERSATION, user_id)
            yield DataFile(f"conversations/{table}.jsonl", lines)
        if FEEDBACK in rule.reach:
            lines = _on_roots(transactions, table, FEEDBACK, user_id)
            yield DataFile(f"feedback/{table}.jsonl", lines)
        if table in _JUDGED:
            lines = _judged(transactions, table, user_id)
            yield DataFile(f"own/{table}.jsonl", lines)
        for column, fate in rule.columns.items():
            if isinstance(fate, Person) and fate.owns:
                lines = _own(transactions, table, column, user_id)
                yield DataFile(f"own/{table}.jsonl", lines)


def _judged(transactions: Transactions, table: str, user_id: str) -> Iterator[str]:
    """Yield what somebody said in verdicts; gold in use is where its answer's time puts it."""
    kinds = (VERDICT, _GOLD)
    return heapq.merge(
        *(_on_roots(transactions, table, kind, user_id) for kind in kinds),
        key=lambda line: _place(orjson.loads(line), KEYS[table]),
    )


def _place(row: dict[str, Any], key: Sequence[str]) -> list[str]:
    return [row[name] for name in key]


def _on_roots(transactions: Transactions, table: str, kind: str, user_id: str) -> Iterator[str]:
    after: UUID | None = None
    while True:
        with transactions() as session:
            roots = _roots(session, kind, user_id, after)
            lines = _lines(session, table, kind, roots)
        yield from lines
        if len(roots) < _ROOTS:
            return
        after = roots[-1]


def _roots(session: Session, kind: str, user_id: str, after: UUID | None) -> Sequence[UUID]:
    root, person = _PEOPLE[kind]
    query = select(root).where(person == user_id).order_by(root).limit(_ROOTS)
    return session.scalars(query.where(root > after) if after else query).all()


# The kinds of roots, and whose they are.
_PEOPLE: dict[str, tuple[Any, Any]] = {
    CONVERSATION: (Interaction.id, Interaction.user_id),
    FEEDBACK: (Feedback.id, Feedback.user_id),
    VERDICT: (Validation.id, Validation.validator_id),
    _GOLD: (GoldAnswer.id, GoldAnswer.validator_id),
}


def _lines(session: Session, table: str, kind: str, roots: Sequence[UUID]) -> Sequence[str]:
    values = {"ids": [str(root) for root in roots]}
    if kind == _GOLD:
        return session.scalars(text(STATEMENTS[table]), values).all()
    found: Table = Base.metadata.tables[table]
    query = (
        select(_line(found, _OTHERS))
        .select_from(found)
        .where(text(RULES[table].reach[kind]))
        .where(text(_TOLD[table] if kind == FEEDBACK and table in _TOLD else "true"))
        .order_by(*found.primary_key.columns)
    )
    return session.scalars(query, values).all()


def _own(transactions: Transactions, table: str, column: str, user_id: str) -> Iterator[str]:
    found: Table = Base.metadata.tables[table]
    key = tuple_(*found.primary_key.columns)
    query = (
        select(_line(found, _UNTOLD.get(table, ())), *found.primary_key.columns)
        .where(found.c[column] == user_id)
        .where(text(_OVER.get(table, "true")))
        .order_by(*found.primary_key.columns)
        .limit(_BATCH)
    )
    rows: Sequence[Any] = ()
    while True:
        after = query.where(key > tuple_(*rows[-1][1:])) if rows else query
        with transactions() as session:
            rows = session.execute(after).all()
        yield from (row[0] for row in rows)
        if len(rows) < _BATCH:
            return


def _line(table: Table, hidden: Sequence[str]) -> Any:
    """Return a row as the text of a JSON object, without the columns of others."""
    row: Any = func.to_jsonb(literal_column(f'"{table.name}"'))
    for name in hidden:
        row = row.op("-")(name)
    return cast(row, Text)
