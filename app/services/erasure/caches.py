"""Caches: what Redis holds of a person for a while is taken out at once."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.clients.remotes import Remotes
from app.models import Response
from app.services.erasure.fates import CONVERSATION
from app.services.erasure.statements import Roots
from app.utils import clock

# Longer than followers of a stream are served from Redis.
_STREAMED = timedelta(hours=1)
_ABOUT_A_PERSON = ("expertise:{}", "permissions:{}")


def streams_of(session: Session, *, roots: Roots) -> Sequence[UUID]:
    """Return the answers of conversations whose tokens Redis may still hold."""
    if roots.kind != CONVERSATION:
        return ()
    query = select(Response.id).where(
        text("interaction_id = ANY(CAST(:ids AS uuid[]))"),
        Response.created_at > clock.now() - _STREAMED,
    )
    return session.scalars(query, {"ids": roots.ids}).all()


def forget_streams(remotes: Remotes, *, response_ids: Sequence[UUID]) -> None:
    """Take the tokens of answers out of Redis."""
    if response_ids:
        remotes.live.forget(response_ids)


def forget_person(remotes: Remotes, *, user_id: str) -> None:
    """Take what neighbours told of a person out of the cache."""
    for name in _ABOUT_A_PERSON:
        remotes.cache.delete(name.format(user_id))
