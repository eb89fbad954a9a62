"""Submission batches: feedback of many people, held against the rules one by one, stored at once.

They keep what one alone keeps in ``submission``, and cost a few statements however many they are.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.priority import weights_of
from app.services import drafts, points, rating_targets, responses, spans, standings, submission
from app.services.drafts import Draft, Offer
from app.services.feedback_views import FeedbackView, stored_ratings
from app.services.measures import Measures
from app.services.rating_targets import Answer
from app.services.row_tables import Rows

_GIVEN = text(
    """
SELECT f.response_id, f.user_id, f.id FROM feedback f
JOIN unnest(CAST(:responses AS uuid[]), CAST(:people AS text[])) AS w(response_id, user_id)
  USING (response_id, user_id)
"""
)

_Place = tuple[UUID, str]


class SubmissionBatch:
    """What is given within one transaction; ``rows`` are stored along with it, before it."""

    def __init__(self, session: Session, *, offers: Collection[Offer]) -> None:
        """Look up what is known of those who give it."""
        self.rows = Rows()
        self._session = session
        self._measures = Measures(session, offers=offers)
        self._answers: dict[UUID, Answer] = {}
        self._given: dict[_Place, UUID] = {}
        self._drafts: dict[UUID, Draft] = {}

    def hold(self, *, rated: Collection[_Place], with_content: Collection[UUID]) -> None:
        """Look up stored responses and who has rated them; nobody else does until the commit."""
        ids = {response_id for response_id, _ in rated}
        self._answers |= rating_targets.hold_many(self._session, ids=ids, with_content=with_content)
        if self._answers:
            found = self._session.execute(
                _GIVEN,
                {"responses": [one[0] for one in rated], "people": [one[1] for one in rated]},
            )
            self._given |= {(row.response_id, row.user_id): row.id for row in found}

    def answer(self, response_id: UUID) -> Answer:
        """Return one that is held; raises NotFound."""
        if response_id not in self._answers:
            raise responses.missing(response_id)
        return self._answers[response_id]

    def give(self, offer: Offer, answer: Answer) -> FeedbackView:
        """Take feedback on, to be stored; raises what giving it alone raises."""
        target = self._measures.of(answer, offer)
        draft = drafts.draft(offer=offer, target=target)
        first = self._given.get((answer.id, offer.user_id))
        if first is not None:
            raise submission.already_given(first)
        self._keep(draft)
        return draft.view

    def replace(self, feedback_id: UUID, offer: Offer) -> None:
        """Let somebody have given ``offer`` instead; raises what does not fit of it."""
        before = self._drafts[feedback_id]
        self._measures.meet([offer])
        target = self._measures.of(before.target, offer, apart_from=feedback_id)
        draft = drafts.draft(offer=offer, target=target)
        self._measures.forget(before.offer.bands, feedback_id)
        self._keep(replace(draft, view=replace(draft.view, id=feedback_id)))

    def waiting(self, feedback_id: UUID) -> Draft | None:
        """Return what was taken on and is not stored yet."""
        return self._drafts.get(feedback_id)

    def store(self) -> None:
        """Store the rows and what was given."""
        kept = list(self._drafts.values())
        event_ids = [self._add(one) for one in kept]
        self.rows.store(self._session)
        self._drafts.clear()
        if kept:
            weights = {one.view.response_id: weights_of(one.target.weights) for one in kept}
            standings.after_ratings(self._session, weights=weights)
            # At the end, after the feedback of others is locked: so does who judges it.
            points.count_submitted(self._session, event_ids=event_ids)

    def _keep(self, draft: Draft) -> None:
        self._drafts[draft.view.id] = draft
        self._given[draft.view.response_id, draft.offer.user_id] = draft.view.id
        self._measures.note(draft.offer.bands, draft.view.id)

    def _add(self, draft: Draft) -> UUID:
        """Add the rows of a draft, and return the event that says that it was given."""
        view, tables = draft.view, self.rows.tables
        id_: dict[str, Any] = {"feedback_id": view.id}
        times = {"created_at": view.created_at, "updated_at": view.created_at}
        rules = self._measures.rules(draft.target.model_id)
        tables["feedback"].append({**drafts.columns_of(draft), **times, **rules})
        tables["dimension_ratings"] += ({**id_, **row} for row in stored_ratings(view))
        tables["feedback_spans"] += ({**id_, **row} for row in spans.rows_of(view.spans))
        if draft.offer.has_text:
            tables["feedback_sketches"].append({**id_, **draft.offer.bands})
        about = f"feedback:{view.id}", draft.offer.user_id, view.interaction_id
        first, *_ = [self.rows.event(name, *about, data) for name, data in drafts.events_of(view)]
        return first
