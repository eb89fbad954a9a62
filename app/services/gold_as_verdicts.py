"""Answers to gold in use as the rows of verdicts that whoever gave them takes them for.

Each statement makes of answers (``:ids``) what the table of that name has of a verdict.
"""

_ANSWERS = """
FROM gold_answers a
JOIN gold_items g ON g.feedback_id = a.feedback_id AND g.retired_at IS NULL
JOIN feedback f ON f.id = a.feedback_id
"""
STATEMENTS = {
    "validations": f"""
SELECT CAST(jsonb_build_object(
    'id', a.id, 'feedback_id', a.feedback_id, 'round', f.round, 'is_valid', a.is_valid,
    'notes', a.notes, 'weight', a.weight, 'correction', a.correction,
    'feedback_version', a.feedback_version, 'blind', f.blind, 'created_at', a.created_at) AS text)
{_ANSWERS} WHERE a.id = ANY(CAST(:ids AS uuid[])) ORDER BY a.id
""",
    "validation_dimensions": f"""
SELECT CAST((d.said - 'dimension_name')
            || jsonb_build_object('validation_id', a.id, 'position', d.place - 1) AS text)
{_ANSWERS}
CROSS JOIN LATERAL jsonb_array_elements(a.dimension_verdicts) WITH ORDINALITY d(said, place)
WHERE a.id = ANY(CAST(:ids AS uuid[])) ORDER BY a.id, CAST(d.said ->> 'dimension_id' AS uuid)
""",
}
# By what the rows of a table are in order.
KEYS = {"validations": ("id",), "validation_dimensions": ("validation_id", "dimension_id")}
