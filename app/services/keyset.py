"""Keyset: pages of rows in the order of some of their columns, each begun behind a key.

The columns name one row together, and there is an index on them: a page costs the same
wherever it begins.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, TypeAlias

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain.page import Page, PageRequest, page_of

Columns: TypeAlias = Sequence[InstrumentedAttribute[Any]]


def ascending(session: Session, *, query: Select[Any], by: Columns, page: PageRequest) -> Page:
    """Return a page of the rows of a table, the smallest key first."""
    if page.after:
        query = query.where(tuple_(*by) > tuple_(*page.after))
    return _page(session, query.order_by(*by), by, page)


def descending(session: Session, *, query: Select[Any], by: Columns, page: PageRequest) -> Page:
    """Return a page of the rows of a table, the largest key first; with ids the newest."""
    if page.after:
        query = query.where(tuple_(*by) < tuple_(*page.after))
    return _page(session, query.order_by(*(column.desc() for column in by)), by, page)


def _page(session: Session, query: Select[Any], by: Columns, page: PageRequest) -> Page:
    rows = session.scalars(query.limit(page.limit + 1)).all()
    values = [attrgetter(column.key) for column in by]
    return page_of(rows, page, lambda row: tuple(value(row) for value in values))
