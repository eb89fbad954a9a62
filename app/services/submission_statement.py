"""The statement that stores feedback with all that goes with it: one round trip, races decided."""

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from app.domain.text_bands import BANDS
from app.services.policy_statements import in_force, round_rules

# The unique key decides who was first; nothing is written for a second one. The rules of its
# validation are those that hold now: whoever changes a policy changes no open round. The day is
# counted at the end, after the feedback of others is locked: so does who judges one of those.
SUBMIT = text(
    f"""
WITH policy AS (
    SELECT {round_rules("p")} FROM (VALUES (1)) always
    LEFT JOIN ({in_force("*", model_id=":model_id")}) p ON true
), given AS (
    INSERT INTO feedback
        (id, response_id, interaction_id, owner_id, model_id, user_id, rating,
         overall_comment, correction, flag, flag_reason, cannot_judge, cannot_judge_reason,
         priority, reasons, factors, stances, created_at, updated_at,
         validators, quorum, blind, trusted_weight, leased_only)
    VALUES
        (:id, :response_id, :interaction_id, :owner_id, :model_id, :user_id, :rating,
         :overall_comment, :correction, :flag, :flag_reason, :cannot_judge,
         :cannot_judge_reason, :priority, :reasons, :factors, :stances, :now, :now,
         (SELECT validators FROM policy), (SELECT quorum FROM policy),
         (SELECT blind FROM policy), (SELECT trusted_weight FROM policy),
         (SELECT leased_only FROM policy))
    ON CONFLICT (response_id, user_id) DO NOTHING
    RETURNING id
), scores AS (
    INSERT INTO dimension_ratings
        (feedback_id, dimension_id, dimension_version, position, score, justification,
         correct_response, cannot_judge, cannot_judge_reason)
    SELECT given.id, s.dimension_id, s.dimension_version, s.position, s.score,
           s.justification, s.correct_response, s.cannot_judge, s.cannot_judge_reason
    FROM given, jsonb_to_recordset(:ratings) AS s(
        dimension_id uuid, dimension_version int, position int, score jsonb,
        justification text, correct_response text, cannot_judge boolean,
        cannot_judge_reason text)
), pointed AS (
    INSERT INTO feedback_spans (feedback_id, position, start, stop, dimension_id, note)
    SELECT given.id, s.position, s.start, s.stop, s.dimension_id, s.note
    FROM given, jsonb_to_recordset(:spans) AS s(
        position int, start int, stop int, dimension_id uuid, note text)
), sketch AS (
    INSERT INTO feedback_sketches (feedback_id, band_1, band_2, band_3)
    SELECT id, :band_1, :band_2, :band_3 FROM given WHERE :has_text
), event AS (
    INSERT INTO events (id, type, subject, actor, interaction_id, data)
    SELECT e.id, e.type, 'feedback:' || given.id, :user_id, :interaction_id, e.data
    FROM given, jsonb_to_recordset(:events) AS e(id uuid, type text, data jsonb)
    RETURNING type, time
), others AS (
    SELECT jsonb_agg(stances) AS stances FROM (
        SELECT stances FROM feedback
        WHERE response_id = :response_id AND status <> 'withdrawn' AND stances IS NOT NULL
        LIMIT 100) other
), day AS (
    INSERT INTO contributor_days AS d (user_id, day, feedback)
    SELECT :user_id, CAST(time AT TIME ZONE 'UTC' AS date), 1
    FROM event, others WHERE type = 'feedback.submitted' AND others.stances IS NULL
    ON CONFLICT (user_id, day) DO UPDATE SET feedback = d.feedback + 1
)
SELECT given.id, others.stances AS others, event.time
FROM given, others, event WHERE event.type = 'feedback.submitted'
"""  # noqa: S608  # Ours.
).bindparams(
    bindparam("ratings", type_=JSONB),
    bindparam("spans", type_=JSONB),
    bindparam("events", type_=JSONB),
    *(bindparam(name, type_=JSONB) for name in ("reasons", "factors", "stances")),
    *(bindparam(f"band_{number}", type_=BigInteger) for number in range(1, BANDS + 1)),
)
