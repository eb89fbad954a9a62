"""Interactions: starting, finding, changing and forgetting conversations."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy import update as update_rows
from sqlalchemy.orm import Session

from app.domain.access import Permission, Principal
from app.domain.page import Page, PageRequest
from app.domain.seen_version import expect_seen
from app.domain.states import InteractionStatus
from app.errors import Conflict, Forbidden, NotFound
from app.models import Interaction, Prompt, Response
from app.services import consent, events, keyset
from app.utils import clock

_TEXT_FIELDS = frozenset({"title", "system_prompt", "settings", "metadata"})


def create(
    session: Session,
    *,
    principal: Principal,
    model_id: str,
    training_consent: bool,
    consent_policy: str | None = None,
    model_version: str | None = None,
    title: str | None = None,
    system_prompt: str | None = None,
    settings: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
) -> Interaction:
    """Start a conversation; the model side is not asked."""
    interaction = Interaction(
        user_id=principal.id,
        model_id=model_id,
        model_version=model_version,
        title=title,
        system_prompt=system_prompt,
        settings=settings or {},
        metadata_=metadata or {},
        training_consent=training_consent,
        consent_policy=consent_policy,
        consent_at=clock.now() if consent_policy else None,
    )
    session.add(interaction)
    session.flush()
    model = {"id": model_id} | ({"version": model_version} if model_version else {})
    data = {"id": str(interaction.id), "model": model}
    _record(session, interaction, principal, events.START_CONVERSATION, data)
    session.refresh(interaction)
    return interaction


def list_own(
    session: Session,
    *,
    principal: Principal,
    page: PageRequest,
    status: str | None = None,
    model_id: str | None = None,
) -> Page:
    """Return the principal's own conversations, newest first."""
    query = select(Interaction).where(Interaction.user_id == principal.id)
    if status:
        query = query.where(Interaction.status == status)
    if model_id:
        query = query.where(Interaction.model_id == model_id)
    return keyset.descending(session, query=query, by=(Interaction.id,), page=page)


def get(session: Session, *, principal: Principal, interaction_id: UUID) -> Interaction:
    """Return a conversation of one's own, or anybody's for those who may read all.

    Raises NotFound also for a conversation of others that one may not know of.
    """
    interaction = session.get(Interaction, interaction_id)
    if interaction is None or not may_see(principal, owner_id=interaction.user_id):
        raise missing(interaction_id)
    return interaction


def may_see(principal: Principal, *, owner_id: str) -> bool:
    """Say whether the principal may see, and so rate, what ``owner_id`` was answered."""
    return owner_id == principal.id or principal.can(Permission.INTERACTIONS_READ_ALL)


def missing(interaction_id: UUID) -> NotFound:
    """Return the error for a conversation that is not there, or not for this caller."""
    return NotFound(f"there is no interaction {interaction_id} for you")


def not_own(
    session: Session, *, principal: Principal, interaction_id: UUID
) -> Forbidden | NotFound:
    """Return the error for acting on a conversation that is not the principal's own.

    Who may read it learns that it is another's; nobody else learns that it is there.
    """
    exists = session.get(Interaction, interaction_id) is not None
    if exists and principal.can(Permission.INTERACTIONS_READ_ALL):
        return Forbidden("only the owner of an interaction may do this", code="not_owner")
    return missing(interaction_id)


def message_count(session: Session, *, interaction_id: UUID) -> int:
    """Return how many messages the history shows: each prompt, and one answer to each."""
    prompts = select(func.count()).where(Prompt.interaction_id == interaction_id)
    answers = select(func.count(Response.prompt_id.distinct())).where(
        Response.interaction_id == interaction_id
    )
    counted = session.execute(select(prompts.scalar_subquery() + answers.scalar_subquery()))
    return int(counted.scalar_one())


def update(
    session: Session,
    *,
    principal: Principal,
    interaction_id: UUID,
    changes: dict[str, Any],
    consent_policy: str | None = None,
    seen_version: int | None = None,
) -> Interaction:
    """Change what is given; ``completed`` and ``abandoned`` are final.

    Consent that is among the changes is given or taken back under ``consent_policy``.

    Raises NotFound, Conflict (no way back) and PreconditionFailed (stale version).
    """
    interaction = lock_own(session, principal=principal, interaction_id=interaction_id)
    expect_seen(seen_version, present=interaction.version)
    now = clock.now()
    moved = _move(session, interaction, principal, changes.get("status"), now)
    edited = _edit(session, interaction, principal, changes)
    agreed = "training_consent" in changes and consent.change(
        session,
        interaction=interaction,
        given=changes["training_consent"],
        policy=consent_policy,
        actor=principal.id,
    )
    if moved or edited or agreed:
        interaction.version += 1
        interaction.updated_at = now
    session.flush()
    return interaction


def forget(session: Session, *, principal: Principal, interaction_id: UUID) -> None:
    """Let the model forget what came before, pinned turns too; the record stays."""
    interaction = lock_own(session, principal=principal, interaction_id=interaction_id)
    interaction.memory_floor = interaction.last_sequence
    session.execute(
        update_rows(Prompt)
        .where(Prompt.interaction_id == interaction_id, Prompt.pinned)
        .values(pinned=False)
    )
    data = {"floor": interaction.memory_floor}
    _record(session, interaction, principal, "memory.cleared", data)
    session.flush()


def lock_own(session: Session, *, principal: Principal, interaction_id: UUID) -> Interaction:
    """Return a conversation of the principal's own, locked; raises NotFound and Forbidden."""
    query = select(Interaction).where(
        Interaction.id == interaction_id, Interaction.user_id == principal.id
    )
    interaction = session.scalars(
        query.with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if interaction is None:
        raise not_own(session, principal=principal, interaction_id=interaction_id)
    return interaction


def _move(
    session: Session,
    interaction: Interaction,
    principal: Principal,
    status: str | None,
    now: datetime,
) -> bool:
    if status is None or status == interaction.status:
        return False
    if interaction.status != InteractionStatus.ACTIVE:
        raise Conflict(
            f"expected an active interaction, found it {interaction.status}; that is final",
            code="interaction_ended",
        )
    interaction.status = status
    interaction.ended_at = now
    data = {"id": str(interaction.id), "status": status}
    _record(session, interaction, principal, events.END_CONVERSATION, data)
    return True


def _edit(
    session: Session,
    interaction: Interaction,
    principal: Principal,
    changes: dict[str, Any],
) -> bool:
    changed = []
    for name in sorted(_TEXT_FIELDS & changes.keys()):
        column = "metadata_" if name == "metadata" else name
        if getattr(interaction, column) != changes[name]:
            setattr(interaction, column, changes[name])
            changed.append(name)
    if changed:
        data = {"id": str(interaction.id), "changed": changed}
        _record(session, interaction, principal, "interaction.updated", data)
    return bool(changed)


def _record(
    session: Session,
    interaction: Interaction,
    principal: Principal,
    type_: str,
    data: dict[str, Any],
) -> None:
    events.record(
        session,
        type_=type_,
        subject=f"interaction:{interaction.id}",
        actor=principal.id,
        interaction_id=interaction.id,
        data=data,
    )
