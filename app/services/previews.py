"""Previews: what an export would hold, from whom, and what is left out and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.selection import Selection
from app.domain.shapes.catalogue import SHAPES
from app.domain.shapes.row import Row
from app.domain.shapes.shape import Drop, Rules
from app.services import exports, selectable, selections
from app.services.dataset_rows import iterate_rows
from app.services.selections import Condition

_MOST_PEOPLE = 100
_EXCLUDED = """
SELECT count(*) AS there, count(*) FILTER (WHERE {all}) AS selected, {each}
FROM {source} WHERE {of}
"""
_OF_ENTRIES = {
    "source": "dataset_entries e JOIN interactions i ON i.id = e.interaction_id",
    "of": "e.withdrawn_at IS NULL AND e.model_id = :model_id",
}
_OF_PREFERENCES = {
    "source": "preferences e JOIN interactions i ON i.id = e.interaction_id",
    "of": "i.model_id = :model_id AND i.erased_at IS NULL",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many of something that has a name."""

    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How many there are, how many are selected, and how many each condition leaves out.

    What several conditions leave out counts at each.
    """

    there: int
    selected: int
    excluded: Sequence[Count]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an export would be; ``contributors`` are those with most entries, at most 100."""

    model_id: str
    shape: str
    entries: Part
    preferences: Part
    prompts: int
    records: int
    dropped: Sequence[Count]
    people: int
    contributors: Sequence[Count]


def preview(
    transactions: Transactions, *, selection: Selection, shape: str, rules: Rules
) -> Preview:
    """Go through an export without making it, in constant memory but for names.

    ``transactions`` must open on any thread. Raises NotFound and Invalid for what is not there to
    be selected.
    """
    with transactions() as session:
        selectable.check(session, selection=selection)
        entries, preferences = parts(session, selection=selection)
        known = exports.with_dimensions(session, rules=rules, model_id=selection.model_id)
    tally = _Tally(shape, known)
    for row in iterate_rows(transactions, selection=selection):
        tally.add(row)
    return Preview(
        model_id=selection.model_id,
        shape=shape,
        entries=entries,
        preferences=preferences,
        prompts=tally.prompts,
        records=tally.records,
        dropped=_counts(tally.dropped),
        people=len(tally.people),
        contributors=_counts(tally.people)[:_MOST_PEOPLE],
    )


def parts(session: Session, *, selection: Selection) -> tuple[Part, Part]:
    """Return what of a model's entries, and of its preferences, is selected."""
    entries = _part(session, selection, selections.of_entries(selection), _OF_ENTRIES)
    found = _part(session, selection, selections.of_preferences(selection), _OF_PREFERENCES)
    return entries, found if selection.preferences else replace(found, selected=0)


class _Tally:
    """Counts what rows become."""

    def __init__(self, shape: str, rules: Rules) -> None:
        self.prompts = self.records = 0
        self.dropped: Counter[str] = Counter()
        self.people: Counter[str] = Counter()
        self._shape = SHAPES.get(shape)
        self._rules = rules

    def add(self, row: Row) -> None:
        """Count a row, those who judged or chose in it, and what it becomes."""
        judgements = (one for answer in row.answers for one in answer.judgements)
        judged = [one.rater for one in judgements if one.selected]
        self.prompts += 1
        self.people.update([*judged, *(one.rater for one in row.choices)])
        if self._shape is None:
            self.records += len(judged)
            return
        for made in self._shape.make(row, self._rules):
            if isinstance(made, Drop):
                self.dropped[made.reason] += 1
            else:
                self.records += 1


def _part(
    session: Session, selection: Selection, conditions: Sequence[Condition], of: dict[str, str]
) -> Part:
    # A condition that says nothing, as of a version that is null, does not hold.
    each = (
        f"count(*) FILTER (WHERE ({one.sql}) IS NOT TRUE) AS c{number}"
        for number, one in enumerate(conditions)
    )
    sql = _EXCLUDED.format(all=selections.joined(conditions), each=", ".join(each), **of)
    values = {"model_id": selection.model_id, **selections.values_of(conditions)}
    row = session.execute(text(sql), values).one()
    excluded = [
        Count(name=one.name, count=row[2 + number]) for number, one in enumerate(conditions)
    ]
    found = [one for one in excluded if one.count]
    return Part(there=row.there, selected=row.selected, excluded=found)


def _counts(found: Counter[str]) -> list[Count]:
    return [Count(name=name, count=count) for name, count in found.most_common()]
