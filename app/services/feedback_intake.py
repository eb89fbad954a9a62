"""Feedback intake: what lines tell, taken on one by one and stored at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.domain.feedback_forms.line import Target, ToldFeedback
from app.errors import Conflict, Invalid, NotFound
from app.models import ImportedFeedback
from app.services import drafts, feedback_additions, imports
from app.services.drafts import Offer
from app.services.fitting import GivenFeedback, GivenRating
from app.services.import_rows import ConversationRows
from app.services.imports import ImportOptions
from app.services.rating_targets import Answer
from app.services.row_tables import stored_digest
from app.services.spans import GivenSpan
from app.services.submission_batches import SubmissionBatch

# The answers of turns, of the last one that has any where none is named.
_ANSWERS = text(
    """
SELECT w.external_id, w.turn, (
    SELECT r.id FROM imported_conversations c
    JOIN prompts p ON p.interaction_id = c.interaction_id
    JOIN responses r ON r.prompt_id = p.id
    WHERE c.importer = :importer AND c.external_id = w.external_id
      AND (w.turn IS NULL OR p.sequence = w.turn)
    ORDER BY p.sequence DESC, r.id LIMIT 1) AS response_id
FROM unnest(CAST(:external_ids AS text[]), CAST(:turns AS int[])) AS w(external_id, turn)
"""
)

_Turn = tuple[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackImportOptions:
    """What the lines are, and what holds for those that do not say.

    ``dimension`` is what scores from other systems are scores on, ``user_id`` who rated.
    """

    form: str
    conversations: ImportOptions
    dimension: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a line tells, and what its rater gives with it; None where it names no rater."""

    told: ToldFeedback
    offer: Offer | None

    @property
    def line(self) -> int:
        """The line that it was told in."""
        return self.told.line

    @property
    def turn(self) -> _Turn | None:
        """Which turn of which imported conversation it is about, where that is how it is told."""
        target = self.told.target
        external_id = _external_id(target)
        return None if external_id is None else (external_id, target.turn)


def entry_of(told: ToldFeedback, *, options: FeedbackImportOptions) -> Entry:
    """Return what a line tells, ready to be held against what is there."""
    given = GivenFeedback(
        ratings=[GivenRating(**one) for one in told.ratings],
        spans=[GivenSpan(**one) for one in told.spans],
        **told.parts,
    )
    user_id = told.user_id or options.user_id
    offer = drafts.offer(user_id=user_id, given=given) if user_id else None
    return Entry(told=told, offer=offer)


class Intake:
    """The entries of one transaction; what is refused leaves nothing behind."""

    def __init__(
        self,
        session: Session,
        *,
        principal: Principal,
        entries: Sequence[Entry],
        options: FeedbackImportOptions,
    ) -> None:
        """Look up what is there of what they name, when other uploads have had their turn."""
        self._session, self._principal, self._options = session, principal, options
        imports.take_turns(session, importer=principal.id)
        self._digests = self._known(entries)
        turns = {entry.turn for entry in entries if entry.turn}
        self._conversations = imports.known_digests(
            session, importer=principal.id, external_ids=[external_id for external_id, _ in turns]
        )
        self._stored = self._answers(turns)
        self._brought: dict[str | None, list[tuple[int, Answer]]] = {}
        self._sources: defaultdict[UUID, set[str]] = defaultdict(set)
        self._batch = SubmissionBatch(session, offers=[one.offer for one in entries if one.offer])
        self._hold(entries)

    def take(self, entry: Entry) -> bool:
        """Take feedback on, and say whether it is new; raises why it is refused."""
        told, offer = entry.told, entry.offer
        if self._is_known(told):
            return False
        if offer is None:
            message = "expected it here or in the query"
            raise Invalid("the line names no rater", errors={"user_id": [message]})
        rows = self._conversation(told.target)
        answer = self._answer(entry, rows)
        feedback_id = self._give(told, offer, answer)
        self._keep(told, rows, feedback_id)
        return True

    def store(self) -> None:
        """Store all that was taken on."""
        self._batch.store()

    def _known(self, entries: Sequence[Entry]) -> dict[tuple[str, str], bytes]:
        keys = [(one.told.source, one.told.external_id) for one in entries]
        found = self._session.execute(
            select(
                ImportedFeedback.source, ImportedFeedback.external_id, ImportedFeedback.digest
            ).where(
                ImportedFeedback.importer == self._principal.id,
                tuple_(ImportedFeedback.source, ImportedFeedback.external_id).in_(keys),
            )
        )
        return {(row.source, row.external_id): bytes(row.digest) for row in found}

    def _answers(self, turns: set[_Turn]) -> dict[_Turn, UUID]:
        values = {
            "importer": self._principal.id,
            "external_ids": [external_id for external_id, _ in turns],
            "turns": [turn for _, turn in turns],
        }
        found = self._session.execute(_ANSWERS, values) if turns else ()
        return {(row.external_id, row.turn): row.response_id for row in found if row.response_id}

    def _hold(self, entries: Sequence[Entry]) -> None:
        """Hold the stored responses that are rated."""
        rated = [(self._response_id(one), one.offer) for one in entries if one.offer]
        known = [(id_, offer) for id_, offer in rated if id_ is not None]
        self._batch.hold(
            rated=[(id_, offer.user_id) for id_, offer in known],
            with_content=[id_ for id_, offer in known if offer.given.spans],
        )

    def _response_id(self, entry: Entry) -> UUID | None:
        return self._stored.get(entry.turn) if entry.turn else entry.told.target.response_id

    def _is_known(self, told: ToldFeedback) -> bool:
        digest = self._digests.get((told.source, told.external_id))
        if digest not in {None, told.digest}:
            raise Conflict(
                f"other feedback was imported as {told.external_id!r} before",
                code="external_id_taken",
            )
        return digest is not None

    def _conversation(self, target: Target) -> ConversationRows:
        """Return the rows of the conversation that the line holds, none where it is known."""
        rows, told = ConversationRows(), target.conversation
        if told and not imports.is_known(told, known=self._conversations):
            options = self._options.conversations
            imports.add(rows, principal=self._principal, told=told, options=options)
        return rows

    def _answer(self, entry: Entry, rows: ConversationRows) -> Answer:
        external_id, turn = entry.turn or (None, None)
        brought = rows.answers or self._brought.get(external_id, [])
        those = [(place, one) for place, one in brought if turn in {None, place}]
        if those:
            return min(those, key=lambda one: (-one[0], one[1].id))[1]
        response_id = self._response_id(entry)
        if response_id is not None:
            return self._batch.answer(response_id)
        which = "" if turn is None else f" in turn {turn}"
        raise NotFound(f"you have imported no conversation {external_id!r} with an answer{which}")

    def _give(self, told: ToldFeedback, offer: Offer, answer: Answer) -> UUID:
        try:
            return self._batch.give(offer, answer).id
        except Conflict as error:
            if not told.adds or error.reason != "feedback_exists":
                raise
            first = UUID(error.data["feedback_id"])
        draft = self._batch.waiting(first)
        if draft is None:
            feedback_additions.add(
                self._session, importer=self._principal.id, first=first, told=told, offer=offer
            )
        else:
            feedback_additions.refuse_of_here(
                first, is_imported=told.source in self._sources[first]
            )
            self._batch.replace(first, feedback_additions.joined(draft, told=told, offer=offer))
        return first

    def _keep(self, told: ToldFeedback, rows: ConversationRows, feedback_id: UUID) -> None:
        self._digests[told.source, told.external_id] = told.digest
        self._sources[feedback_id].add(told.source)
        conversation = told.target.conversation
        if conversation and rows.tables:
            self._conversations[conversation.external_id] = conversation.digest
            self._brought[conversation.external_id] = rows.answers
            self._batch.rows.add(rows)
        origin: dict[str, Any] = {
            "importer": self._principal.id,
            "source": told.source,
            "external_id": told.external_id,
            "digest": stored_digest(told.digest),
            "feedback_id": feedback_id,
            "given_at": told.given_at,
        }
        self._batch.rows.tables["imported_feedback"].append(origin)


def _external_id(target: Target) -> str | None:
    return target.conversation.external_id if target.conversation else target.conversation_id
