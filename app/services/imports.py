"""Imports: finished conversations from elsewhere, each taken in once, in batches."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.access import Permission, Principal
from app.domain.conversation import Conversation
from app.domain.json_lines import Line
from app.domain.told import Refusal, Told
from app.errors import AppError, Conflict, Forbidden, Invalid
from app.models import ImportedConversation
from app.services import drafts, mutex
from app.services.drafts import Offer
from app.services.fitting import GivenFeedback
from app.services.import_lines import AUTO, read_lines
from app.services.import_rows import ConversationRows, Owner, RatedAnswer, add_conversation
from app.services.submission_batches import SubmissionBatch
from app.utils import clock
from app.utils.iterables import filled
from app.utils.nested import by_path

MOST_LISTED = 1_000
_MOST_ERRORS = 20
_LARGEST_METADATA = 65_536
# Enough for a statement to be worth its journey, and few enough to lose little and hold
# little: characters, because a line of some megabytes is allowed.
_BATCH = 500
_BATCH_CHARACTERS = 4_194_304

Watch = Callable[["ImportReport"], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What holds for lines that do not say; ``form`` is auto or the one form to take."""

    training_consent: bool
    model_id: str | None = None
    form: str = AUTO


@dataclass(slots=True)
class ImportReport:
    """How many conversations were taken in, were there before, and were refused, and why."""

    accepted: int = 0
    repeated: int = 0
    refused_count: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, line: int, error: AppError) -> None:
        """Count a refusal, and list it while the list is not too long."""
        self.refused_count += 1
        if len(self.refused) < MOST_LISTED:
            self.refused.append({"line": line, "problem": _problem(error)})

    def add(self, counted: "Counted") -> None:
        """Count what came of a batch, once it is committed."""
        self.accepted += counted.accepted
        self.repeated += counted.repeated
        for line, error in counted.refused:
            self.refuse(line, error)


@dataclass(slots=True)
class Counted:
    """What came of a batch."""

    accepted: int = 0
    repeated: int = 0
    refused: list[tuple[int, AppError]] = field(default_factory=list)


def import_conversations(
    transactions: Transactions,
    *,
    principal: Principal,
    lines: Iterable[Line],
    options: ImportOptions,
    watch: Watch = lambda _: None,
) -> ImportReport:
    """Take in every line that holds a conversation; a transaction a batch.

    What is committed stays, whatever comes after it. ``watch`` sees the report grow.
    """
    report = ImportReport()
    found = _told(read_lines(lines, form=options.form), report)
    for batch in filled(found, most=_BATCH, room=_BATCH_CHARACTERS, size=_characters):
        with transactions() as session:
            counted = _take_in(session, principal, batch, options)
        report.add(counted)
        watch(report)
    report.refused.sort(key=lambda one: int(one["line"]))
    return report


def _told(lines: Iterable[Told | Refusal], report: ImportReport) -> Iterator[Told]:
    """Yield what lines tell; refusals go to the report at once."""
    for line in lines:
        if isinstance(line, Refusal):
            report.refuse(line.line, line.error)
        else:
            yield line


def _characters(told: Told) -> int:
    return sum(len(message.text) for message in told.conversation.all_messages)


def _take_in(
    session: Session, principal: Principal, batch: list[Told], options: ImportOptions
) -> Counted:
    counted, rows = Counted(), ConversationRows()
    take_turns(session, importer=principal.id)
    known = known_digests(
        session, importer=principal.id, external_ids=[told.external_id for told in batch]
    )
    for told in batch:
        try:
            if is_known(told, known=known):
                counted.repeated += 1
                continue
            add(rows, principal=principal, told=told, options=options)
            known[told.external_id] = told.digest
            counted.accepted += 1
        except AppError as error:
            counted.refused.append((told.line, error))
    # Who may not give feedback brings it along with the answer's own text, and no further.
    _store(session, rows, rows.rated if principal.can(Permission.FEEDBACK_WRITE) else ())
    return counted


def _store(session: Session, rows: ConversationRows, rated: Sequence[RatedAnswer]) -> None:
    """Store conversations, and the feedback that came with answers, of those whose they are."""
    offers = [_offer(one) for one in rated]
    batch = SubmissionBatch(session, offers=offers)
    batch.rows.add(rows)
    for offer, one in zip(offers, rated, strict=True):
        batch.give(offer, one.answer)
    batch.store()


def take_turns(session: Session, *, importer: str) -> None:
    """Wait for other uploads of one importer: batch by batch, so neither misses the other's."""
    mutex.hold(session, name=f"import\x1f{importer}")


def known_digests(
    session: Session, *, importer: str, external_ids: Sequence[str]
) -> dict[str, bytes]:
    """Return the digests of the conversations that this importer has brought before."""
    found = session.execute(
        select(ImportedConversation.external_id, ImportedConversation.digest).where(
            ImportedConversation.importer == importer,
            ImportedConversation.external_id.in_(external_ids),
        )
    )
    return {row.external_id: bytes(row.digest) for row in found}


def is_known(told: Told, *, known: Mapping[str, bytes]) -> bool:
    """Say whether a conversation was brought before; raises Conflict where it was another."""
    digest = known.get(told.external_id)
    if digest not in {None, told.digest}:
        raise Conflict(
            f"another conversation was imported as {told.external_id!r} before",
            code="external_id_taken",
        )
    return digest is not None


def _offer(rated: RatedAnswer) -> Offer:
    given = GivenFeedback(rating=rated.message.rating, overall_comment=rated.message.comment)
    return drafts.offer(user_id=rated.answer.owner_id, given=given)


def add(
    rows: ConversationRows, *, principal: Principal, told: Told, options: ImportOptions
) -> None:
    """Add the rows of a conversation; raises what does not fit of it."""
    conversation = told.conversation
    _check(principal, conversation, options)
    consent = conversation.training_consent
    owner = Owner(
        importer=principal.id,
        user_id=conversation.user_id or principal.id,
        model_id=conversation.model_id or options.model_id or "",
        training_consent=options.training_consent if consent is None else consent,
        now=clock.now(),
    )
    add_conversation(
        rows,
        conversation=conversation,
        owner=owner,
        external_id=told.external_id,
        digest=told.digest,
    )


def _check(principal: Principal, conversation: Conversation, options: ImportOptions) -> None:
    is_own = conversation.user_id in {None, principal.id}
    if not is_own and not principal.can(Permission.INTERACTIONS_IMPORT_ALL):
        needed = Permission.INTERACTIONS_IMPORT_ALL.value
        raise Forbidden(f"a conversation of somebody else needs the permission {needed}")
    if not (conversation.model_id or options.model_id):
        raise Invalid(
            "the line names no model", errors={"model_id": ["expected it here or in the query"]}
        )
    kept = len(orjson.dumps([conversation.metadata, conversation.more]))
    if kept > _LARGEST_METADATA:
        raise Invalid(
            "the line holds too much beside its messages",
            errors={"metadata": [f"expected at most {_LARGEST_METADATA} bytes of other fields"]},
        )


def _problem(error: AppError) -> dict[str, Any]:
    problem: dict[str, Any] = {"code": error.reason, "detail": error.message}
    if isinstance(error, Invalid) and error.errors:
        problem["errors"] = by_path(error.errors, most=_MOST_ERRORS)
    return problem
