"""What people turned out right and wrong in, as statements that count it where the rows are."""

from dataclasses import dataclass

from app.domain.measuring import OVERALL, Capacity

# Each next name by one look into an index, however much lies under it, which is counted there:
# many people who said little are one batch, and few who said much.
_PEOPLE = """
WITH RECURSIVE people AS (
    SELECT one.user_id, {count} AS evidence FROM (SELECT ({first}) AS user_id) one
    UNION ALL
    SELECT one.user_id, p.evidence + {count}
    FROM people p CROSS JOIN LATERAL (SELECT ({next}) AS user_id) one
    WHERE p.user_id IS NOT NULL AND p.evidence < :enough
)
SELECT user_id FROM people WHERE user_id IS NOT NULL LIMIT :batch
"""
_LEAST = "SELECT min({column}) FROM {table} WHERE {column} > {after}"
_COUNT = "(SELECT count(*) FROM {table} WHERE {column} = one.user_id)"


def _people(*sources: tuple[str, str]) -> str:
    """Return the statement for the next people who stand in any of (table, column)."""
    count = " + ".join(_COUNT.format(table=table, column=column) for table, column in sources)

    def least(after: str) -> str:
        each = (
            f"({_LEAST.format(table=table, column=column, after=after)})"
            for table, column in sources
        )
        return f"SELECT least({', '.join(each)})"

    return _PEOPLE.format(count=count, first=least(":after"), next=least("p.user_id"))


# A verdict of a round that was not the last is about what the feedback was before; what somebody
# decided themselves says nothing of whether they were right.
_VALIDATORS_EVIDENCE = """
    SELECT a.validator_id AS user_id, a.feedback_id, a.is_valid = g.is_valid AS is_right,
           a.created_at AS at, 'gold' AS source, g.is_valid AS outcome,
           CAST(NULL AS uuid) AS validation_id, a.dimension_verdicts AS said
    FROM gold_answers a JOIN gold_items g ON g.feedback_id = a.feedback_id
    WHERE a.validator_id = ANY(:people) AND a.is_valid IS NOT NULL
    UNION ALL
    SELECT v.validator_id, v.feedback_id, v.is_valid = (f.status = 'validated'), v.created_at,
           CASE WHEN d.decided_by IS NULL THEN 'rounds' ELSE 'decisions' END,
           f.status = 'validated', v.id, NULL
    FROM validations v
    JOIN feedback f ON f.id = v.feedback_id AND f.round = v.round
    LEFT JOIN LATERAL (
        SELECT decided_by FROM decisions WHERE feedback_id = f.id ORDER BY id DESC LIMIT 1
    ) d ON true
    WHERE v.validator_id = ANY(:people) AND v.is_valid IS NOT NULL
      AND f.status IN ('validated', 'rejected') AND (f.validators > 1 OR d.decided_by IS NOT NULL)
      AND d.decided_by IS DISTINCT FROM v.validator_id
"""
_RATERS_EVIDENCE = """
    SELECT f.user_id, f.id AS feedback_id, f.status = 'validated' AS is_right,
           coalesce(f.decided_at, f.updated_at) AS at, 'outcomes' AS source,
           f.status = 'validated' AS outcome, CAST(NULL AS uuid) AS validation_id,
           CAST(NULL AS jsonb) AS said
    FROM feedback f
    WHERE f.user_id = ANY(:people) AND f.status IN ('validated', 'rejected')
"""
# What somebody said of a dimension goes before what they said of the whole; of feedback that
# was rejected nobody knows which of its scores were right, unless the round refuted one.
# The weights are those of app.domain.reliability.Forgetting.left, added up where the rows are.
_WEIGHED = """
WITH evidence AS ({evidence}), scoped AS (
    SELECT user_id, '{overall}' AS scope, is_right, at, source FROM evidence
    UNION ALL
    SELECT e.user_id, CAST(r.dimension_id AS text),
           CASE WHEN d.is_valid IS NOT NULL THEN d.is_valid = NOT r.refuted
                WHEN e.source = 'outcomes' THEN e.is_right AND NOT r.refuted
                ELSE e.is_right END,
           e.at, e.source
    FROM evidence e
    JOIN dimension_ratings r ON r.feedback_id = e.feedback_id AND r.score IS NOT NULL
    LEFT JOIN LATERAL (
        SELECT is_valid FROM validation_dimensions
        WHERE validation_id = e.validation_id AND dimension_id = r.dimension_id
        UNION ALL
        SELECT CAST(s ->> 'is_valid' AS boolean) FROM jsonb_array_elements(e.said) s
        WHERE s ->> 'dimension_id' = CAST(r.dimension_id AS text)
    ) d ON true
    WHERE d.is_valid IS NULL OR e.outcome OR r.refuted
)
SELECT user_id, scope, source, is_right, count(*) AS answers,
       sum(power(2.0::float8, -least(1000, greatest(0, age) / 86400 / :half_life))) AS weight
FROM (SELECT *, extract(epoch FROM CAST(:now AS timestamptz) - at)::float8 AS age FROM scoped) aged
GROUP BY user_id, scope, source, is_right ORDER BY user_id, scope
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How people are found in a capacity, and what they were right and wrong in."""

    capacity: Capacity
    people: str
    evidence: str


MEASURES = (
    Measure(
        capacity=Capacity.VALIDATOR,
        people=_people(("validations", "validator_id"), ("gold_answers", "validator_id")),
        evidence=_WEIGHED.format(evidence=_VALIDATORS_EVIDENCE, overall=OVERALL),
    ),
    Measure(
        capacity=Capacity.RATER,
        people=_people(("feedback", "user_id")),
        evidence=_WEIGHED.format(evidence=_RATERS_EVIDENCE, overall=OVERALL),
    ),
)
