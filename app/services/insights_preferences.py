"""How well people agree in which answer is better: majorities, alpha, and kappas of pairs."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.domain.agreement import alpha_of, coincidences
from app.domain.kappa import cohen_kappa
from app.domain.preference import PairVerdict
from app.domain.scope import MOST_PEOPLE, Scope
from app.services import large_reads
from app.services.large_reads import filled

# What two answers came to; the first of them is the one that was made first.
_LABELS = ("first", "second", str(PairVerdict.TIE), str(PairVerdict.BOTH_BAD))
# A ranking says something of every two answers in it. Who said it twice, by a ranking and by
# a comparison, is heard once, the last time.
_TOLD = filled("""
WITH told AS MATERIALIZED (
    SELECT DISTINCT ON (a.response_id, b.response_id, p.user_id)
           a.response_id AS one, b.response_id AS other, p.user_id,
           CASE WHEN p.verdict = 'both_bad' THEN 3 WHEN a.rank < b.rank THEN 0
                WHEN a.rank > b.rank THEN 1 ELSE 2 END AS label
    FROM preferences p JOIN interactions i ON i.id = p.interaction_id
    JOIN preference_ranks a ON a.preference_id = p.id
    JOIN preference_ranks b ON b.preference_id = p.id AND b.response_id > a.response_id
    WHERE {period[p]} AND {model[i]}
    ORDER BY a.response_id, b.response_id, p.user_id, p.id DESC
)
""")
_ITEMS = filled(
    """{told}
SELECT counts, count(*) AS n FROM (
    SELECT ARRAY[count(*) FILTER (WHERE label = 0), count(*) FILTER (WHERE label = 1),
                 count(*) FILTER (WHERE label = 2), count(*) FILTER (WHERE label = 3)] AS counts
    FROM told GROUP BY one, other
) items
GROUP BY counts ORDER BY counts
""",
    told=_TOLD,
)
_PAIRS = filled(
    """{told}, counted AS MATERIALIZED (
    SELECT told.*, count(*) OVER (PARTITION BY one, other) AS several FROM told
), busiest AS (
    SELECT user_id FROM counted WHERE several > 1
    GROUP BY user_id ORDER BY count(*) DESC, user_id LIMIT :people
), met AS (
    SELECT array_agg(user_id ORDER BY user_id) AS people,
           array_agg(label ORDER BY user_id) AS labels
    FROM counted WHERE several > 1 AND user_id IN (SELECT user_id FROM busiest)
    GROUP BY one, other
    HAVING count(*) > 1
)
SELECT people[a] AS one, people[b] AS other, labels[a] AS one_label, labels[b] AS other_label,
       count(*) AS n
FROM met, generate_series(1, cardinality(people)) a, generate_series(a + 1, cardinality(people)) b
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2
""",
    told=_TOLD,
)


def preferences(session: Session, *, scope: Scope) -> dict[str, Any]:
    """Return what most preferred where several people compared the same two answers."""
    patterns = [(row.counts, row.n) for row in _rows(session, _ITEMS, scope)]
    alpha = alpha_of(
        coincidences(patterns, size=len(_LABELS)), values=range(len(_LABELS)), level="nominal"
    )
    several = [(counts, n) for counts, n in patterns if sum(counts) > 1]
    return {
        "judgements": sum(sum(counts) * n for counts, n in patterns),
        "shared": alpha.units,
        "unanimous": sum(n for counts, n in several if max(counts) == sum(counts)),
        "krippendorff_alpha": alpha.value,
        "reason": alpha.undefined,
        **_majorities(several),
        "pairs": list(_pairs(_rows(session, _PAIRS, scope))),
    }


def _rows(session: Session, statement: str, scope: Scope) -> Iterator[Any]:
    values = {**scope.values(), "people": MOST_PEOPLE}
    return large_reads.rows(session, statement=statement, values=values)


def _majorities(several: Iterable[tuple[list[int], int]]) -> dict[str, int]:
    """Return of how many pairs of answers most people said what, or said no such thing."""
    found = dict.fromkeys([*(f"majority_{label}" for label in _LABELS), "majority_none"], 0)
    for counts, n in several:
        leading = [
            label for label, said in zip(_LABELS, counts, strict=True) if said == max(counts)
        ]
        found[f"majority_{leading[0] if len(leading) == 1 else 'none'}"] += n
    return found


def _pairs(rows: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for (one, other), met in groupby(rows, lambda row: (row.one, row.other)):
        table = np.zeros((len(_LABELS), len(_LABELS)))
        for row in met:
            table[row.one_label, row.other_label] = row.n
        kappa = cohen_kappa(table, values=range(len(_LABELS)), weights="unweighted")
        yield {
            "one": one,
            "other": other,
            "items": kappa.items,
            "same": round(float(np.trace(table))),
            "kappa": kappa.value,
            "weights": "unweighted",
            "reason": kappa.undefined,
        }
