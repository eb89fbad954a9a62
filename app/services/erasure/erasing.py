"""Erasing: a person's data in small batches, resumable at any point, ended by a receipt.

A batch is a transaction: rows are whole before it and erased after it. What is left to be done
is found by the person's id, which goes last; so a killed worker's successor simply begins.
Others go on writing meanwhile: ``holding`` says who waits for whom.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session

from app.clients.receipts import Signer
from app.clients.remotes import Remotes
from app.db import Transactions
from app.models import Erasure, Feedback, Interaction, Job, Validation
from app.services import export_log, jobs
from app.services.erasure import answers, caches, holders, holding, queued, receipts
from app.services.erasure.fates import CONVERSATION, FEEDBACK, VERDICT, Person
from app.services.erasure.rules import RULES
from app.services.erasure.statements import BATCH, Roots, erase_own, erase_texts, rename
from app.services.erasure.version_rules import VERSION_RULES
from app.services.frozen import files
from app.services.message_answers import TryLater

# By what the work is found, and how many of them a transaction looks at. Verdicts come last, by
# the pseudonym, which they have then already: so nobody reads the name on them any more.
_ROOTS: dict[str, tuple[Any, Any, int]] = {
    CONVERSATION: (Interaction.id, Interaction.user_id, 20),
    FEEDBACK: (Feedback.id, Feedback.user_id, 100),
    VERDICT: (Validation.id, Validation.validator_id, 100),
}
# Versions once more in the end: one that was being built may have taken rows by the old name.
_OWN = (*RULES, *VERSION_RULES)
# Who goes on using the id while it is erased is followed so often, and begins anew then.
_MOST_ROUNDS = 5
# When to look again whether a job of the person's has been done.
_SOON_SECONDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """One person's erasure under way."""

    transactions: Transactions
    remotes: Remotes
    signer: Signer
    job_id: UUID
    user_id: str
    pseudonym: str

    @property
    def who(self) -> dict[str, Any]:
        """What statements call the person."""
        return {"person": self.user_id, "pseudonym": self.pseudonym, "this_job": self.job_id}

    def name_of(self, kind: str) -> str:
        """Return what roots of a kind that are left to be done are called by."""
        return self.pseudonym if kind == VERDICT else self.user_id


def erase(transactions: Transactions, *, remotes: Remotes, signer: Signer, job_id: UUID) -> None:
    """Erase what is left of the person's data, and store the receipt as the job's result.

    Raises TryLater while a job of theirs is being done.
    """
    person = _begin(transactions, job_id)
    if person is None:
        return
    work = Erasing(
        transactions=transactions,
        remotes=remotes,
        signer=signer,
        job_id=job_id,
        user_id=person.user_id,
        pseudonym=person.pseudonym,
    )
    _erase_all(work)
    answers.erase(transactions, job_id=job_id, pseudonym=work.pseudonym)
    caches.forget_person(remotes, user_id=work.user_id)
    if not files.settle(transactions, storage=remotes.storage):
        raise TryLater("a version with rows of theirs is being built", retry_after=_SOON_SECONDS)
    _end(work)


def _begin(transactions: Transactions, job_id: UUID) -> Erasure | None:
    with transactions() as session:
        row = session.get(Erasure, job_id)
        if row is None or not jobs.start(session, job_id=job_id):
            return None
        holders.note_versions(session, erasure=row)
        total = _left(session, row)
        session.execute(update(Job).where(Job.id == job_id).values(total=Job.done + total))
        return row


def _left(session: Session, row: Erasure) -> int:
    """Return how many roots are left; verdicts have either name."""
    return sum(
        session.scalar(
            select(func.count(key)).where(
                person.in_([row.user_id, row.pseudonym] if kind == VERDICT else [row.user_id])
            )
        )
        or 0
        for kind, (key, person, _) in _ROOTS.items()
    )


def _erase_all(work: Erasing) -> None:
    """Erase what there is, and then what was written before all could see that it is to go."""
    _erase_round(work)
    rounds = 1
    while rounds < _MOST_ROUNDS and _came_meanwhile(work):
        _erase_round(work)
        rounds += 1


def _erase_round(work: Erasing) -> None:
    _erase_own_rows(work, VERSION_RULES)
    _erase_roots(work, CONVERSATION)
    _erase_roots(work, FEEDBACK)
    _erase_own_rows(work, ["validation_places"])
    _erase_roots(work, VERDICT)
    _erase_own_rows(work, _OWN)


def _came_meanwhile(work: Erasing) -> bool:
    people = (person for _, person, _ in _ROOTS.values())
    with work.transactions() as session:
        there = or_(*(exists().where(person == work.user_id) for person in people))
        return bool(session.scalar(select(there)))


def _erase_roots(work: Erasing, kind: str) -> None:
    """Erase what there is of a kind by now: what comes meanwhile is for the next round."""
    after, last = None, _last(work, kind)
    while last:
        with work.transactions() as session:
            # Those that have begun are named; those that begin later find the rows erased.
            export_log.hold_back(session)
            roots = _next(session, work, kind, (after, last))
            if not roots.ids:
                return
            is_done = _erase_batch(session, work, roots)
            live = caches.streams_of(session, roots=roots)
        caches.forget_streams(work.remotes, response_ids=live)
        if is_done:
            after = UUID(roots.ids[-1])


def _last(work: Erasing, kind: str) -> UUID | None:
    key, person, _ = _ROOTS[kind]
    newest = select(key).where(person == work.name_of(kind)).order_by(key.desc()).limit(1)
    with work.transactions() as session:
        found: UUID | None = session.scalar(newest)
        return found


def _next(session: Session, work: Erasing, kind: str, between: tuple[UUID | None, UUID]) -> Roots:
    """Return the next roots, held with what hangs on them."""
    key, person, size = _ROOTS[kind]
    after, last = between
    query = select(key).where(person == work.name_of(kind), key <= last)
    if after:
        query = query.where(key > after)
    query = query.order_by(key).limit(size)
    return holding.roots(session, kind=kind, query=query)


def _erase_batch(session: Session, work: Erasing, roots: Roots) -> bool:
    """Erase up to a batch of each table, and say whether that was all there was."""
    holders.note(session, job_id=work.job_id, roots=roots)
    counts = {
        table: erase_texts(session, table=table, rule=rule, roots=roots, who=work.who)
        for table, rule in RULES.items()
    }
    is_done = max(counts.values()) < BATCH
    if is_done:
        rename(session, roots=roots, rules=RULES, who=work.who)
        holders.tell(session, roots=roots)
        _advance(session, work, len(roots.ids))
    count(session, job_id=work.job_id, counts=counts)
    return is_done


def _advance(session: Session, work: Erasing, done: int) -> None:
    now = Job.done + done
    session.execute(
        update(Job)
        .where(Job.id == work.job_id)
        .values(done=now, total=func.greatest(Job.total, now))
    )


def _erase_own_rows(work: Erasing, tables: Iterable[str]) -> None:
    """Take the name, and one's own texts, out of the rows that hang on nothing of theirs."""
    for table in tables:
        for column, fate in RULES[table].columns.items():
            if isinstance(fate, Person) and not fate.root:
                _erase_column(work, table, column)


def _erase_column(work: Erasing, table: str, column: str) -> None:
    changed = BATCH
    while changed == BATCH:
        with work.transactions() as session:
            if table in VERSION_RULES:
                holding.versions(session)
            changed = erase_own(
                session, table=table, rule=RULES[table], column=column, who=work.who
            )
            count(session, job_id=work.job_id, counts={table: changed})


def count(session: Session, *, job_id: UUID, counts: dict[str, int]) -> None:
    """Add to what the receipt will say was erased, by table."""
    added = {table: number for table, number in counts.items() if number}
    if added:
        row = session.get_one(Erasure, job_id, with_for_update=True, populate_existing=True)
        row.counts = {
            **row.counts,
            **{table: row.counts.get(table, 0) + number for table, number in added.items()},
        }
        session.flush()


def _end(work: Erasing) -> None:
    """Give the receipt, and forget whose data it was: in one transaction, the last one."""
    with work.transactions() as session:
        if queued.erase(session, user_id=work.user_id, pseudonym=work.pseudonym):
            raise TryLater("a job of this person is being done", retry_after=_SOON_SECONDS)
        row = session.get_one(Erasure, work.job_id)
        receipt = receipts.made(session, signer=work.signer, erasure=row)
        done = session.get_one(Job, work.job_id).done
        jobs.succeed(session, job_id=work.job_id, result=receipt, done=done)
        session.execute(
            update(Job)
            .where(Job.id == work.job_id)
            .values(user_id=receipt["person"], total=done, arguments=None)
        )
        session.delete(row)
