"""The statements that open and end exchanges: one round trip each, races decided."""

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

# One statement stores everything: numbering, prompt, pending responses and event commit
# together or not at all, and the conversation's row decides every race.
OPEN = text(
    """
WITH interaction AS (
    UPDATE interactions SET last_sequence = last_sequence + 1, updated_at = now()
    WHERE id = :interaction_id AND user_id = :user_id AND status = 'active'
    RETURNING id, last_sequence, model_id, model_version, system_prompt, memory_floor, settings
), prompt AS (
    INSERT INTO prompts
        (id, interaction_id, sequence, kind, content, context, system_prompt, parameters, messages)
    SELECT :prompt_id, id, last_sequence, :kind, :content, :context, :system_prompt, :parameters,
           :messages
    FROM interaction
    RETURNING created_at
), response AS (
    INSERT INTO responses
        (id, prompt_id, interaction_id, status, model_id, model_version, due_at)
    SELECT answer.id, :prompt_id, interaction.id, 'pending', model_id, model_version, :due_at
    FROM interaction, unnest(CAST(:response_ids AS uuid[])) AS answer(id)
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
).bindparams(
    bindparam("parameters", type_=JSONB), bindparam("messages", type_=JSONB(none_as_null=True))
)

# Another answer to a prompt; without a model of its own it is the conversation's. Whoever holds
# the prompt has waited for an erasure, of which what was read before it tells nothing.
AGAIN = text(
    """
INSERT INTO responses
    (id, prompt_id, interaction_id, status, model_id, model_version, parameters, sent, due_at)
SELECT answer.id, p.id, i.id, 'pending', COALESCE(:model_id, i.model_id),
       CASE WHEN :model_id IS NULL OR :model_id = i.model_id THEN i.model_version END,
       :parameters, :sent, :due_at
FROM prompts p JOIN interactions i ON i.id = p.interaction_id,
     unnest(CAST(:response_ids AS uuid[])) AS answer(id)
WHERE p.id = :prompt_id AND i.erased_at IS NULL
"""
).bindparams(
    bindparam("parameters", type_=JSONB(none_as_null=True)),
    bindparam("sent", type_=JSONB(none_as_null=True)),
)

COMPLETE = text(
    """
WITH response AS (
    UPDATE responses SET
        status = 'complete', content = :content, endpoint_name = :endpoint_name,
        provider = :provider, finish_reason = :finish_reason, prompt_tokens = :prompt_tokens,
        completion_tokens = :completion_tokens, latency_ms = :latency_ms,
        first_token_ms = :first_token_ms, model_id = :model_id,
        model_version = CASE WHEN model_id = :model_id
                        THEN COALESCE(:model_version, model_version) ELSE :model_version END,
        raw = :raw, completed_at = now()
    WHERE id = :id AND status IN ('pending', 'streaming')
    RETURNING *
), event AS (
    INSERT INTO events (id, type, subject, actor, interaction_id, data)
    SELECT :event_id, 'add_message', 'response:' || id, :model_id, interaction_id,
           jsonb_build_object(
               'id', id, 'conversation_id', interaction_id, 'role', 'assistant',
               'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'))
    FROM response
)
SELECT * FROM response
"""
)

# What has come of an answer that did not come whole is kept: from whoever recorded it, or
# out of the journal where nobody is left to say.
END = text(
    """
WITH response AS (
    UPDATE responses SET
        status = :status, error = :error, endpoint_name = :endpoint_name, raw = :raw,
        finish_reason = :finish_reason,
        first_token_ms = COALESCE(:first_token_ms, first_token_ms),
        content = COALESCE(:content, (
            SELECT string_agg(token.text, '' ORDER BY chunk.index, token.place)
            FROM response_chunks chunk,
                 unnest(chunk.tokens) WITH ORDINALITY AS token(text, place)
            WHERE chunk.response_id = :id)),
        completed_at = now()
    WHERE id = :id AND status IN ('pending', 'streaming')
    RETURNING *
), message AS (
    INSERT INTO events (id, type, subject, actor, interaction_id, data)
    SELECT :message_event_id, 'add_message', 'response:' || id, model_id, interaction_id,
           jsonb_build_object(
               'id', id, 'conversation_id', interaction_id, 'role', 'assistant',
               'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'))
    FROM response WHERE content IS NOT NULL
), event AS (
    INSERT INTO events (id, type, subject, actor, interaction_id, data)
    SELECT :event_id, 'response.' || :status, 'response:' || id, :actor, interaction_id,
           jsonb_build_object('id', id, 'conversation_id', interaction_id)
               || COALESCE(:told, CAST('{}' AS jsonb))
    FROM response
)
SELECT * FROM response
"""
).bindparams(
    bindparam("error", type_=JSONB(none_as_null=True)),
    bindparam("told", type_=JSONB(none_as_null=True)),
)

KEEP = text(
    """
INSERT INTO response_chunks (response_id, index, tokens)
VALUES (:response_id, :index, :tokens) ON CONFLICT DO NOTHING
"""
)
