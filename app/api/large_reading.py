"""Large reads at the edge: views have a desk first, of which there are few."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from app.api.context import principal, remotes
from app.db import transaction


@contextmanager
def desk() -> Iterator[None]:
    """Have one of the desks for large reads; raises TooMany and Unavailable."""
    with remotes().desks.taken(principal().id):
        yield


@contextmanager
def large_transaction() -> Iterator[Session]:
    """Open a transaction at a desk: without one, no connection is taken either."""
    with desk(), transaction() as session:
        yield session
