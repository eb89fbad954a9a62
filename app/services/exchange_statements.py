"""The statements that open, complete and end exchanges: one round trip each, races decided."""

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

# One statement stores everything: numbering, prompt, pending response and event commit
# together or not at all, and the conversation's row decides every race.
OPEN = text(
    """
WITH interaction AS (
    UPDATE interactions SET last_sequence = last_sequence + 1, updated_at = now()
    WHERE id = :interaction_id AND user_id = :user_id AND status = 'active'
    RETURNING id, last_sequence, model_id, model_version, system_prompt, memory_floor
), prompt AS (
    INSERT INTO prompts
        (id, interaction_id, sequence, kind, content, context, system_prompt, parameters)
    SELECT :prompt_id, id, last_sequence, :kind, :content, :context, :system_prompt, :parameters
    FROM interaction
    RETURNING created_at
), response AS (
    INSERT INTO responses
        (id, prompt_id, interaction_id, status, model_id, model_version, due_at)
    SELECT :response_id, :prompt_id, id, 'pending', model_id, model_version, :due_at
    FROM interaction
), event AS (
    INSERT INTO events (id, type, subject, actor, interaction_id, data)
    SELECT :event_id, 'add_message', 'prompt:' || :prompt_id, :user_id, id,
           jsonb_build_object(
               'id', CAST(:prompt_id AS text), 'conversation_id', id, 'role', 'user',
               'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'))
    FROM interaction
)
SELECT interaction.*, prompt.created_at FROM interaction, prompt
"""
).bindparams(bindparam("parameters", type_=JSONB))

AGAIN = text(
    """
INSERT INTO responses (id, prompt_id, interaction_id, status, model_id, model_version, due_at)
SELECT :response_id, p.id, i.id, 'pending', i.model_id, i.model_version, :due_at
FROM prompts p JOIN interactions i ON i.id = p.interaction_id
WHERE p.id = :prompt_id
"""
)

COMPLETE = text(
    """
WITH response AS (
    UPDATE responses SET
        status = 'complete', content = :content, endpoint_name = :endpoint_name,
        provider = :provider, finish_reason = :finish_reason, prompt_tokens = :prompt_tokens,
        completion_tokens = :completion_tokens, latency_ms = :latency_ms,
        model_version = COALESCE(:model_version, model_version),
        raw = :raw, completed_at = now()
    WHERE id = :id AND status IN ('pending', 'streaming')
    RETURNING *
), event AS (
    INSERT INTO events (id, type, subject, actor, interaction_id, data)
    SELECT :event_id, 'add_message', 'response:' || id, :actor, interaction_id,
           jsonb_build_object(
               'id', id, 'conversation_id', interaction_id, 'role', 'assistant',
               'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'))
    FROM response
)
SELECT * FROM response
"""
)

FAIL = text(
    """
WITH response AS (
    UPDATE responses SET
        status = 'failed', error = :error, endpoint_name = :endpoint_name, raw = :raw,
        completed_at = now()
    WHERE id = :id AND status IN ('pending', 'streaming')
    RETURNING id, interaction_id
)
INSERT INTO events (id, type, subject, actor, interaction_id, data)
SELECT :event_id, 'response.failed', 'response:' || id, NULL, interaction_id,
       jsonb_build_object('id', id, 'conversation_id', interaction_id, 'code', :code)
FROM response
RETURNING id
"""
).bindparams(bindparam("error", type_=JSONB))
