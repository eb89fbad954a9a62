"""Measures: what is known of models, people and texts, looked up once for many that rate."""

from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.text_bands import BANDS
from app.services import policy_statements, rating_targets, standings
from app.services.drafts import Bands, Offer
from app.services.rating_targets import Answer, MeasuredAnswer

# Its dimensions, its evidence, and the rules of a round that begins now.
_MODEL = text(
    f"""
SELECT {rating_targets.DIMENSIONS},{standings.EVIDENCE},
       p.priority AS weights, {policy_statements.round_rules("p")}
FROM (SELECT CAST(:model_id AS text) AS model_id) r
LEFT JOIN ({policy_statements.in_force("*", model_id=":model_id")}) p ON true
"""  # noqa: S608  # Ours.
)
_PEOPLE = text(
    f"""
SELECT u.person, {standings.TRACK_RECORD.format(person="u.person")}
FROM unnest(CAST(:people AS text[])) AS u(person)
"""  # noqa: S608  # Ours.
)
_NEAR = text(
    " UNION ALL ".join(
        f"""
SELECT '{band}' AS name, b.number, near.feedback_id
FROM unnest(CAST(:{band} AS bigint[])) AS b(number),
     LATERAL ({standings.NEAR.format(band=band, value="b.number")}) near
"""  # noqa: S608  # Ours.
        for band in (f"band_{number}" for number in range(1, BANDS + 1))
    )
)
_OF_ANSWER = tuple(one.name for one in fields(Answer))
# As many as are looked at where one rates alone.
_MOST_NEAR = 10

_Band = tuple[str, int | None]


class Measures:
    """What is known when a batch begins, and of texts also what the batch itself brings."""

    def __init__(self, session: Session, *, offers: Collection[Offer]) -> None:
        """Look up who rates and what they wrote; models when they are met."""
        self._session = session
        self._models: dict[str, Any] = {}
        self._people: dict[str, Any] = {}
        self._near: dict[_Band, list[UUID]] = {}
        self.meet(offers)

    def meet(self, offers: Collection[Offer]) -> None:
        """Look up people and texts that were not met before."""
        people = {one.user_id for one in offers} - self._people.keys()
        if people:
            found = self._session.execute(_PEOPLE, {"people": list(people)})
            self._people |= {row.person: row for row in found}
        bands = {band for one in offers for band in _known(one.bands)} - self._near.keys()
        if bands:
            self._near |= {band: [] for band in bands}
            for row in self._session.execute(_NEAR, _by_name(bands)):
                self._near[row.name, row.number].append(row.feedback_id)

    def of(self, answer: Answer, offer: Offer, *, apart_from: UUID | None = None) -> MeasuredAnswer:
        """Return the response with all that rating it needs to know; who offers was met.

        The offer is like nothing of the feedback that it is to replace (``apart_from``).
        """
        near = {one for band in _known(offer.bands) for one in self._near[band]}
        model, person = self._model(answer.model_id), self._people[offer.user_id]
        return MeasuredAnswer(
            **{name: getattr(answer, name) for name in _OF_ANSWER},
            dimensions=model.dimensions,
            weights=model.weights,
            evidence=model.evidence,
            was_valid=person.was_valid,
            was_invalid=person.was_invalid,
            alike=len(near - {apart_from}),
        )

    def rules(self, model_id: str) -> dict[str, Any]:
        """Return the rules of a round about a model's answer that begins now."""
        model = self._model(model_id)
        return {name: getattr(model, name) for name in policy_statements.ROUND}

    def note(self, bands: Bands, feedback_id: UUID) -> None:
        """Let what somebody wrote count for those who come after."""
        for band in _known(bands):
            if len(self._near[band]) < _MOST_NEAR:
                self._near[band].append(feedback_id)

    def forget(self, bands: Bands, feedback_id: UUID) -> None:
        """Let it count no longer."""
        for band in _known(bands):
            self._near[band] = [one for one in self._near[band] if one != feedback_id]

    def _model(self, model_id: str) -> Any:
        if model_id not in self._models:
            found = self._session.execute(_MODEL, {"model_id": model_id})
            self._models[model_id] = found.one()
        return self._models[model_id]


def _known(bands: Bands) -> list[_Band]:
    return [band for band in bands.items() if band[1] is not None]


def _by_name(bands: Iterable[_Band]) -> dict[str, list[int | None]]:
    names: dict[str, list[int | None]] = {f"band_{number}": [] for number in range(1, BANDS + 1)}
    for name, number in bands:
        names[name].append(number)
    return names
