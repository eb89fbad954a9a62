"""Statements: what the rules say, as SQL that changes a batch and says how many rows it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    TextClause,
    case,
    delete,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from app.db import Base
from app.services.erasure.fates import Person, Rule, Turn

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Roots:
    """Some roots of a kind, by their ids, and who is forgotten."""

    kind: str
    ids: Sequence[str]


def erase_texts(
    session: Session, *, table: str, rule: Rule, roots: Roots, who: dict[str, Any]
) -> int:
    """Erase up to a batch of a table's texts that hang on ``roots``; return how many rows."""
    reach = rule.reach.get(roots.kind)
    if reach is None:
        return 0
    turns = _turns(rule)
    where = [text(reach), *([or_(*(text(turn.when) for turn in turns.values()))] if turns else [])]
    if rule.vanishes:
        return _change(session, table, [text(reach)], None, {**who, "ids": roots.ids})
    return _change(session, table, where, turns, {**who, "ids": roots.ids}) if turns else 0


def erase_own(session: Session, *, table: str, rule: Rule, column: str, who: dict[str, Any]) -> int:
    """Take a person's name out of up to a batch of rows, with the texts of their own ones."""
    fate = rule.columns[column]
    assert isinstance(fate, Person)
    where = [text(f"{column} = :person")]
    if rule.unless:
        where.append(text(f"NOT ({rule.unless})"))
    if fate.owns and rule.vanishes:
        return _change(session, table, where, None, who)
    turns = {column: Turn(to=":pseudonym", when="")} | (_turns(rule) if fate.owns else {})
    return _change(session, table, where, turns, who, is_key=True)


def rename(session: Session, *, roots: Roots, rules: dict[str, Rule], who: dict[str, Any]) -> None:
    """Put the pseudonym in place of the id on roots of which nothing else is left to be done."""
    for table, rule in rules.items():
        for column, fate in rule.columns.items():
            if isinstance(fate, Person) and fate.root == roots.kind:
                found: Table = Base.metadata.tables[table]
                session.execute(
                    update(found)
                    .where(text(rule.reach[roots.kind]), text(f"{column} = :person"))
                    .values({column: text(":pseudonym")}),
                    {**who, "ids": roots.ids},
                )


def _turns(rule: Rule) -> dict[str, Turn]:
    return {name: fate for name, fate in rule.columns.items() if isinstance(fate, Turn)}


def _change(
    session: Session,
    table: str,
    where: Sequence[Any],
    turns: dict[str, Turn] | None,
    values: dict[str, Any],
    *,
    is_key: bool = False,
) -> int:
    """Change a batch of rows; None: delete them. A common table: a subquery may run again.

    Who only names such rows may go on doing so, unless they go or a key of theirs changes.
    """
    found: Table = Base.metadata.tables[table]
    key = list(found.primary_key.columns)
    is_whole = is_key or turns is None
    batch = select(*key).where(*where).limit(BATCH).with_for_update(key_share=not is_whole)
    picked = tuple_(*key).in_(select(batch.cte("batch")))
    if turns is None:
        return _rows(session, delete(found).where(picked), values)
    changed = {name: _turned(found.c[name], turn) for name, turn in turns.items()}
    return _rows(session, update(found).where(picked).values(changed), values)


def _turned(column: ColumnElement[Any], turn: Turn) -> ColumnElement[Any] | TextClause:
    """Return the new value: a row is picked for any of its columns, the others stay."""
    if not turn.when:
        return text(turn.to)
    return case((text(turn.when), text(turn.to)), else_=column)


def _rows(session: Session, statement: Any, values: dict[str, Any]) -> int:
    changed: Any = session.execute(statement, values)
    return int(changed.rowcount)
