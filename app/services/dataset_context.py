"""Context: what a model had been told before a question, in SQL.

A single prompt goes with its own context alone. A question that came with the caller's whole
conversation (OpenAI's door) has that one's texts. Any other has the system prompt and the
answered turns before it, as far back as the model had not been made to forget.
"""

_TEXT = """
CASE jsonb_typeof(m.told -> 'content')
    WHEN 'string' THEN m.told ->> 'content'
    WHEN 'array' THEN (SELECT string_agg(part ->> 'text', E'\\n')
                       FROM jsonb_array_elements(m.told -> 'content') AS part)
END
"""
_SENT = f"""
(SELECT COALESCE(jsonb_agg(jsonb_build_object('role', m.told -> 'role', 'content', t.text)
                           ORDER BY m.place), '[]')
 FROM jsonb_array_elements(p.messages) WITH ORDINALITY AS m(told, place)
 CROSS JOIN LATERAL (SELECT {_TEXT} AS text) t
 WHERE m.place < jsonb_array_length(p.messages) AND t.text IS NOT NULL)
"""  # noqa: S608  # Only what stands above is put in.
_SYSTEM = """
CASE WHEN COALESCE(p.system_prompt, i.system_prompt) IS NULL THEN '[]'
     ELSE jsonb_build_array(jsonb_build_object(
         'role', 'system', 'content', COALESCE(p.system_prompt, i.system_prompt))) END
"""
_TURNS = """
(SELECT COALESCE(jsonb_agg(jsonb_build_object('role', m.role, 'content', m.content)
                           ORDER BY b.sequence, m.part), '[]')
 FROM prompts b
 JOIN LATERAL (
     SELECT content FROM responses
     WHERE prompt_id = b.id AND status = 'complete' AND completed_at <= r.created_at
     ORDER BY id DESC LIMIT 1
 ) a ON true
 CROSS JOIN LATERAL (
     VALUES (0, 'user', b.content), (1, 'assistant', COALESCE(a.content, ''))
 ) AS m(part, role, content)
 WHERE b.interaction_id = p.interaction_id
   AND b.sequence < p.sequence AND b.sequence > (
       SELECT COALESCE(max(CAST(v.data ->> 'floor' AS int)), 0) FROM events v
       WHERE v.interaction_id = p.interaction_id AND v.type = 'memory.cleared'
         AND CAST(v.data ->> 'floor' AS int) < p.sequence))
"""
_ALONE = """
CASE WHEN p.context IS NULL THEN '[]'
     ELSE jsonb_build_array(jsonb_build_object('role', 'system', 'content', p.context)) END
"""
# Counted, since EXISTS may be planned as one look at all that was ever imported.
_IS_IMPORTED = "(SELECT count(*) > 0 FROM imported_conversations c WHERE c.interaction_id = i.id)"

# A jsonb array of {role, content}, of a prompt p, its response r and its interaction i.
CONTEXT = f"""
CASE WHEN p.kind = 'prompt' THEN {_ALONE}
     WHEN p.messages IS NOT NULL AND NOT {_IS_IMPORTED} THEN {_SENT}
     ELSE {_SYSTEM} || {_TURNS} END
"""
