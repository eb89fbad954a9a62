"""Reaches: the conditions by which rows hang on conversations, feedback and verdicts."""

from app.services.erasure.fates import CONVERSATION, FEEDBACK, VERDICT, Turn

ROOT = "id = ANY(CAST(:ids AS uuid[]))"
IN_CONVERSATION = {CONVERSATION: "interaction_id = ANY(CAST(:ids AS uuid[]))"}
OF_FEEDBACK = {
    CONVERSATION: (
        "feedback_id IN (SELECT id FROM feedback WHERE interaction_id = ANY(CAST(:ids AS uuid[])))"
    ),
    FEEDBACK: "feedback_id = ANY(CAST(:ids AS uuid[]))",
}
OF_VALIDATIONS = {
    CONVERSATION: (
        "validation_id IN (SELECT v.id FROM validations v JOIN feedback f ON f.id = v.feedback_id"
        " WHERE f.interaction_id = ANY(CAST(:ids AS uuid[])))"
    ),
    FEEDBACK: (
        "validation_id IN (SELECT id FROM validations"
        " WHERE feedback_id = ANY(CAST(:ids AS uuid[])))"
    ),
    VERDICT: "validation_id = ANY(CAST(:ids AS uuid[]))",
}
# Entries by the unique key on their feedback.
CORRECTED = (
    "feedback_id IN (SELECT feedback_id FROM validations WHERE id = ANY(CAST(:ids AS uuid[])))"
    " AND correction_id = ANY(CAST(:ids AS uuid[]))"
)
OF_CORRECTED = "source_id IN (SELECT id FROM dataset_entries WHERE " + CORRECTED + ")"  # noqa: S608
OF_RESPONSES = {
    CONVERSATION: (
        "response_id IN (SELECT id FROM responses WHERE interaction_id = ANY(CAST(:ids AS uuid[])))"
    ),
}
IN_LOG = {
    **IN_CONVERSATION,
    FEEDBACK: (
        "interaction_id IN (SELECT interaction_id FROM feedback"
        " WHERE id = ANY(CAST(:ids AS uuid[])))"
    ),
    VERDICT: (
        "interaction_id IN (SELECT f.interaction_id FROM feedback f JOIN validations v"
        " ON v.feedback_id = f.id WHERE v.id = ANY(CAST(:ids AS uuid[])))"
    ),
}
ABOUT_THEM = "people @> jsonb_build_array(CAST(:person AS text))"
_BOTH = ("person", "pseudonym")
# The members of events' data that name a person.
_NAMING = ("author_id", "owner_id", "user_id", "validator_id")


def renamed_in_data() -> Turn:
    """Put the pseudonym in place of the id, as the value of what names a person in JSON."""
    to, when = "CAST(data AS text)", []
    for member in _NAMING:
        old, new = (f"""'"{member}": ' || to_json(CAST(:{who} AS text))""" for who in _BOTH)
        to = f"replace({to}, {old}, {new})"
        when.append(f"strpos(CAST(data AS text), {old}) > 0")
    return Turn(to=f"CAST({to} AS jsonb)", when=f"({' OR '.join(when)})")
