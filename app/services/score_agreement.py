"""How well raters agree in their scores: Krippendorff's alpha, counted in the database.

What several people said of a response is a pattern, and there are few patterns: they are
counted where the ratings lie, so what is held here does not grow with the ratings.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.domain.agreement import Coincidences, Pattern, alpha_of, coincidences
from app.domain.scope import Everything, Scope
from app.services import large_reads, rated_dimensions
from app.services.large_reads import filled
from app.services.rated_dimensions import RatedDimension

Key: TypeAlias = tuple[UUID, str | None]

# What each kind of scale may be measured on: words have an order and no distances.
LEVELS = {
    "numeric": ("nominal", "ordinal", "interval"),
    "categorical": ("nominal", "ordinal"),
    "boolean": ("nominal",),
}
_WITHIN = filled(
    "{given} AND s.feedback_id >= :low AND s.feedback_id < :high AND s.score IS NOT NULL"
    " AND NOT s.refuted"
)
# {model} is f.model_id, or nothing where models are not told apart.
_SCORES = """
SELECT s.dimension_id, {model} AS model_id, s.dimension_version AS version, s.score, count(*) AS n
FROM feedback f JOIN dimension_ratings s ON s.feedback_id = f.id
WHERE {within}
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2
"""
_RATERS = """
SELECT dimension_id, model_id, count(*) AS raters FROM (
    SELECT DISTINCT s.dimension_id, {model} AS model_id, f.user_id
    FROM feedback f JOIN dimension_ratings s ON s.feedback_id = f.id
    WHERE {within} AND (s.dimension_id, s.dimension_version) NOT IN (
        SELECT * FROM unnest(CAST(:dimensions AS uuid[]), CAST(:versions AS int[])))
) people
GROUP BY 1, 2
"""
# A response is one model's. Scores stand in an order, so that few patterns are different.
_PATTERNS = """
SELECT dimension_id, model_id, pattern, count(*) AS n FROM (
    SELECT s.dimension_id, any_value({model}) AS model_id,
           string_agg(s.dimension_version || ':' || s.score, E'\n'
                      ORDER BY s.dimension_version, CAST(s.score AS text) COLLATE "C") AS pattern
    FROM feedback f JOIN dimension_ratings s ON s.feedback_id = f.id
    WHERE {within}
    GROUP BY s.dimension_id, f.response_id
    HAVING count(*) > 1
) units
GROUP BY 1, 2, 3
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedScores:
    """What was said on a dimension, of one model's answers or (None) of all.

    ``places`` are those that scores lie at between 0 and 1; ``ratings`` count, of which some
    are ``carried`` from older scales; ``left_out`` do not, since nothing leads from theirs.
    """

    dimension: RatedDimension
    model_id: str | None
    places: tuple[float, ...]
    met: Coincidences
    ratings: int
    raters: int
    carried: int
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Alpha at a level of measurement, or the reason why there is none."""

    alpha: float | None
    reason: str | None
    level: str
    items: int
    raters: int
    ratings: int
    carried: int
    left_out: int


def read(
    session: Session, *, scope: Scope | Everything, by_model: bool = False
) -> Iterator[RatedScores]:
    """Yield what was said on each dimension, and by each model where that is asked.

    Alpha does not change when a scale is stretched, so places stand for the scores.
    """
    large_reads.prepare(session)
    dimensions = rated_dimensions.read(session)
    forms = {"model": "f.model_id" if by_model else "CAST(NULL AS text)", "within": _WITHIN}
    asked = _Asked(
        session=session,
        values={**scope.values(), **_mute(dimensions.values())},
        many=any(one.carrier.is_fine for one in dimensions.values()),
    )
    tallies = {
        key: _tally(dimensions[key[0]], rows)
        for key, rows in asked.grouped(_SCORES.format(**forms))
    }
    raters = {_key(row): row.raters for row in asked.rows(_RATERS.format(**forms))}
    met = {
        key: _met(dimensions[key[0]], tallies[key], rows)
        for key, rows in asked.grouped(_PATTERNS.format(**forms))
    }
    for key, tally in tallies.items():
        yield RatedScores(
            dimension=dimensions[key[0]],
            model_id=key[1],
            places=tally.places,
            met=met.get(key) or coincidences((), size=len(tally.places)),
            ratings=tally.ratings,
            raters=raters.get(key, 0),
            carried=tally.carried,
            left_out=tally.left_out,
        )


def agreement(rated: RatedScores, *, level: str) -> Agreement:
    """Return alpha of what was said, at a level of measurement."""
    alpha = alpha_of(rated.met, values=rated.places, level=level)
    reason: str | None = alpha.undefined
    if reason and rated.raters < 2:
        reason = "one_rater" if rated.raters else "nothing_counts"
    return Agreement(
        alpha=alpha.value,
        reason=reason,
        level=level,
        items=alpha.units,
        raters=rated.raters,
        ratings=rated.ratings,
        carried=rated.carried,
        left_out=rated.left_out,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tally:
    """How many scores there are and where they lie."""

    places: tuple[float, ...]
    ratings: int
    carried: int
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Whom to ask about what; ``many`` says that there may be as many rows as ratings."""

    session: Session
    values: Mapping[str, Any]
    many: bool

    def rows(self, statement: str) -> Iterator[Any]:
        return large_reads.rows(
            self.session, statement=statement, values=self.values, many=self.many
        )

    def grouped(self, statement: str) -> Iterator[tuple[Key, Iterator[Any]]]:
        return groupby(self.rows(statement), _key)


def _mute(dimensions: Iterable[RatedDimension]) -> dict[str, Any]:
    """Return, as two lists, the versions of dimensions whose scores do not count."""
    pairs = [(str(one.id), version) for one in dimensions for version in one.carrier.mute]
    return {"dimensions": [pair[0] for pair in pairs], "versions": [pair[1] for pair in pairs]}


def _key(row: Any) -> Key:
    return (row.dimension_id, row.model_id)


def _tally(dimension: RatedDimension, rows: Iterable[Any]) -> _Tally:
    places, counts = set(), {"ratings": 0, "carried": 0, "left_out": 0}
    for row in rows:
        place = dimension.place(row.score, version=row.version)
        if place is None:
            counts["left_out"] += row.n
            continue
        places.add(place)
        counts["ratings"] += row.n
        is_old = row.version != dimension.carrier.current.version
        counts["carried"] += row.n if is_old else 0
    return _Tally(places=tuple(sorted(places)), **counts)


def _met(dimension: RatedDimension, tally: _Tally, rows: Iterable[Any]) -> Coincidences:
    columns = {place: column for column, place in enumerate(tally.places)}
    return coincidences(_patterns(dimension, columns, rows), size=len(columns))


def _patterns(
    dimension: RatedDimension, columns: Mapping[float, int], rows: Iterable[Any]
) -> Iterator[Pattern]:
    """Yield the counts of each pattern; scores that nothing leads from are not in them."""
    known: dict[str, int | None] = {}
    for row in rows:
        counts = [0] * len(columns)
        for said in row.pattern.split("\n"):
            if said not in known:
                known[said] = _column(dimension, columns, said)
            if (column := known[said]) is not None:
                counts[column] += 1
        yield counts, row.n


def _column(dimension: RatedDimension, columns: Mapping[float, int], said: str) -> int | None:
    version, score = said.split(":", 1)
    place = dimension.place(orjson.loads(score), version=int(version))
    return None if place is None else columns[place]
