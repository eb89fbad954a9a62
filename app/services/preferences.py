"""Preferences: taking which of several answers somebody likes better, and finding them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlalchemy.orm import Session

from app.domain.access import Permission, Principal
from app.domain.page import Page, PageRequest
from app.domain.preference import PairVerdict
from app.errors import Conflict, Invalid, NotFound
from app.models import Interaction, Preference, PreferenceRank, Prompt, Response
from app.services import events, interactions, keyset
from app.utils import clock
from app.utils.ids import new_id

Ranking = Sequence[Sequence[UUID]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPair:
    """A comparison of two; ``chosen`` may be null where neither is better."""

    chosen: UUID | None
    rejected: UUID
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceView:
    """What a person prefers; the ranking goes from best to worst, ties in one group."""

    id: UUID
    prompt_id: UUID
    interaction_id: UUID
    user_id: str
    ranking: list[list[UUID]]
    verdict: str | None
    created_at: datetime


def give(
    session: Session, *, principal: Principal, prompt_id: UUID, given: Ranking | GivenPair
) -> PreferenceView:
    """Store a ranking of a prompt's answers, or a comparison of two of them.

    Raises NotFound (no such prompt for this person), Invalid (answers of others, or one
    twice) and Conflict (without content, or given already, naming the first).
    """
    interaction_id = _interaction_of(session, principal, prompt_id)
    query = select(Response).where(Response.prompt_id == prompt_id)
    answers = {row.id: row for row in session.scalars(query)}
    is_pair = isinstance(given, GivenPair)
    ranking = _of_pair(given, answers) if isinstance(given, GivenPair) else given
    _refuse_unknown(ranking, answers, is_pair=is_pair)
    view = PreferenceView(
        id=new_id(),
        prompt_id=prompt_id,
        interaction_id=interaction_id,
        user_id=principal.id,
        ranking=[list(group) for group in ranking],
        verdict=given.verdict if isinstance(given, GivenPair) else None,
        created_at=clock.now(),
    )
    _store(session, view)
    return view


def _interaction_of(session: Session, principal: Principal, prompt_id: UUID) -> UUID:
    query = (
        select(Interaction.id, Interaction.user_id)
        .join(Prompt, Prompt.interaction_id == Interaction.id)
        .where(Prompt.id == prompt_id)
    )
    row = session.execute(query).one_or_none()
    if row is None or not interactions.may_see(principal, owner_id=row.user_id):
        raise NotFound(f"there is no prompt {prompt_id} for you")
    found: UUID = row.id
    return found


def _of_pair(given: GivenPair, answers: dict[UUID, Response]) -> Ranking:
    """Return the comparison as a ranking; of two answers, the other one need not be named."""
    chosen = given.chosen
    if chosen is None:
        others = [
            key for key, row in answers.items() if row.content is not None and key != given.rejected
        ]
        if len(others) != 1:
            message = f"expected which of the {len(others)} other answers it was compared with"
            raise Invalid("half of a pair", errors={"chosen_response_id": [message]})
        chosen = others[0]
    if given.verdict == PairVerdict.BETTER:
        return [[chosen], [given.rejected]]
    return [[chosen, given.rejected]]


def _refuse_unknown(ranking: Ranking, answers: dict[UUID, Response], *, is_pair: bool) -> None:
    named = [one for group in ranking for one in group]
    unknown = next((one for one in named if one not in answers), None)
    message = None
    if len(set(named)) < len(named):
        message = "expected different answers, found one twice"
    elif unknown is not None:
        message = f"expected answers to this prompt, found {unknown}"
    if message:
        field = "rejected_response_id" if is_pair else "ranking"
        raise Invalid("the answers cannot be compared", errors={field: [message]})
    empty = next((one for one in named if answers[one].content is None), None)
    if empty is not None:
        raise Conflict(
            f"expected responses with an answer, found {empty} without one", code="nothing_to_rate"
        )


def _store(session: Session, view: PreferenceView) -> None:
    pair = ":".join(sorted(str(one) for group in view.ranking for one in group))
    values = {
        "id": view.id,
        "prompt_id": view.prompt_id,
        "interaction_id": view.interaction_id,
        "user_id": view.user_id,
        "pair": pair if view.verdict else "",
        "verdict": view.verdict,
        "created_at": view.created_at,
    }
    made = insert_or_not(Preference).values(values).on_conflict_do_nothing()
    if session.execute(made.returning(Preference.id)).one_or_none() is None:
        raise _already_given(session, values)
    places = [(rank, one) for rank, group in enumerate(view.ranking, 1) for one in group]
    rows = [
        {"preference_id": view.id, "response_id": one, "rank": rank, "position": position}
        for position, (rank, one) in enumerate(places)
    ]
    session.execute(insert(PreferenceRank), rows)
    events.record(
        session,
        type_="preference.given",
        subject=f"preference:{view.id}",
        actor=view.user_id,
        interaction_id=view.interaction_id,
        data={"id": str(view.id), "prompt_id": str(view.prompt_id)},
    )


def _already_given(session: Session, values: dict[str, Any]) -> Conflict:
    names = ("prompt_id", "user_id", "pair")
    query = select(Preference.id).filter_by(**{name: values[name] for name in names})
    first = session.scalar(query)
    return Conflict(
        f"you have given preference {first} for these answers already",
        code="preference_exists",
        preference_id=str(first),
    )


def page_preferences(
    session: Session, *, principal: Principal, page: PageRequest, prompt_id: UUID | None = None
) -> Page:
    """Return one's own preferences, or everybody's for who may read all feedback."""
    query = select(Preference)
    if prompt_id:
        query = query.where(Preference.prompt_id == prompt_id)
    if not principal.can(Permission.FEEDBACK_READ_ALL):
        query = query.where(Preference.user_id == principal.id)
    found = keyset.descending(session, query=query, by=(Preference.id,), page=page)
    rankings = _rankings(session, [row.id for row in found.items])
    return Page([_view(row, rankings[row.id]) for row in found.items], found.next_key)


def _rankings(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[list[UUID]]]:
    query = (
        select(PreferenceRank)
        .where(PreferenceRank.preference_id.in_(ids))
        .order_by(PreferenceRank.preference_id, PreferenceRank.position)
    )
    found: dict[UUID, list[list[UUID]]] = defaultdict(list)
    rows = session.scalars(query).all()
    for (preference_id, _), group in groupby(rows, lambda row: (row.preference_id, row.rank)):
        found[preference_id].append([row.response_id for row in group])
    return found


def _view(row: Preference, ranking: list[list[UUID]]) -> PreferenceView:
    return PreferenceView(
        id=row.id,
        prompt_id=row.prompt_id,
        interaction_id=row.interaction_id,
        user_id=row.user_id,
        ranking=ranking,
        verdict=row.verdict,
        created_at=row.created_at,
    )
