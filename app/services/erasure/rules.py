"""The rules: every table, and every column of it that can hold a text or name a person.

An architecture test fails for a table or a column that is not here: whoever adds one says what
becomes of it. The order is the order of the work: what leads to training data goes first.
"""

from app.services.erasure.fates import (
    CONVERSATION,
    FEEDBACK,
    VERDICT,
    Fate,
    Person,
    Rule,
    Turn,
    blank,
    keep,
    nobodys,
)

_WORD = "a word of the service's own"
_MODEL = "names a model"
_NUMBERS = "numbers stay"
_ROOT = "id = ANY(CAST(:ids AS uuid[]))"
_IN_CONVERSATION = {CONVERSATION: "interaction_id = ANY(CAST(:ids AS uuid[]))"}
_OF_FEEDBACK = {
    CONVERSATION: (
        "feedback_id IN (SELECT id FROM feedback WHERE interaction_id = ANY(CAST(:ids AS uuid[])))"
    ),
    FEEDBACK: "feedback_id = ANY(CAST(:ids AS uuid[]))",
}
_OF_VALIDATIONS = {
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
_OF_RESPONSES = {
    CONVERSATION: (
        "response_id IN (SELECT id FROM responses WHERE interaction_id = ANY(CAST(:ids AS uuid[])))"
    ),
}
_IN_LOG = {
    **_IN_CONVERSATION,
    FEEDBACK: (
        "interaction_id IN (SELECT interaction_id FROM feedback"
        " WHERE id = ANY(CAST(:ids AS uuid[])))"
    ),
    VERDICT: (
        "interaction_id IN (SELECT f.interaction_id FROM feedback f JOIN validations v"
        " ON v.feedback_id = f.id WHERE v.id = ANY(CAST(:ids AS uuid[])))"
    ),
}
_ABOUT_THEM = "people @> jsonb_build_array(CAST(:person AS text))"
_MINE: dict[str, Fate] = {"user_id": Person(owns=True)}
_BOTH = ("person", "pseudonym")
# The members of events' data that name a person.
_NAMING = ("author_id", "owner_id", "user_id", "validator_id")


def _renamed() -> Turn:
    """Put the pseudonym in place of the id, as the value of what names a person in JSON."""
    to, when = "CAST(data AS text)", []
    for member in _NAMING:
        old, new = (f"""'"{member}": ' || to_json(CAST(:{who} AS text))""" for who in _BOTH)
        to = f"replace({to}, {old}, {new})"
        when.append(f"strpos(CAST(data AS text), {old}) > 0")
    return Turn(to=f"CAST({to} AS jsonb)", when=f"({' OR '.join(when)})")


RULES: dict[str, Rule] = {
    "dataset_entries": Rule(
        reach={**_IN_CONVERSATION, FEEDBACK: _OF_FEEDBACK[FEEDBACK]},
        columns={
            "withdrawn_at": Turn(to="now()", when="withdrawn_at IS NULL"),
            **keep(_MODEL, "model_id", "model_version"),
        },
    ),
    "interactions": Rule(
        reach={CONVERSATION: _ROOT},
        columns={
            **blank("title", "system_prompt"),
            **blank("settings", "metadata", to="'{}'"),
            "training_consent": Turn(to="false", when="training_consent"),
            "erased_at": Turn(to="now()", when="erased_at IS NULL"),
            "status": Turn(to="'abandoned'", when="status = 'active'"),
            "ended_at": Turn(to="now()", when="ended_at IS NULL"),
            "user_id": Person(root=CONVERSATION),
            **keep(_MODEL, "model_id", "model_version"),
            **keep("under which policy consent was given", "consent_policy"),
        },
    ),
    "prompts": Rule(
        reach=_IN_CONVERSATION,
        columns={
            **blank("content", to="''"),
            **blank("context", "system_prompt", "messages"),
            **blank("parameters", to="'{}'"),
            **keep(_WORD, "kind"),
        },
    ),
    "responses": Rule(
        reach=_IN_CONVERSATION,
        columns={
            **blank("content", "parameters", "sent", "error", "raw"),
            # Whoever is recording it finds that it has ended, and stores nothing more.
            "status": Turn(to="'cancelled'", when="status IN ('pending', 'streaming')"),
            "completed_at": Turn(to="now()", when="completed_at IS NULL"),
            **keep(_MODEL, "model_id", "model_version", "endpoint_name", "provider"),
            **keep(_WORD, "finish_reason"),
        },
    ),
    "response_chunks": Rule(reach=_OF_RESPONSES, vanishes=True),
    "summaries": Rule(reach=_IN_CONVERSATION, vanishes=True),
    "feedback": Rule(
        reach={**_IN_CONVERSATION, FEEDBACK: _ROOT},
        columns={
            **blank("overall_comment", "correction", "flag", "cannot_judge_reason"),
            **blank("return_reason", "appeal"),
            # There is nothing left to judge.
            "status": Turn(to="'withdrawn'", when="status IN ('pending', 'returned', 'tied')"),
            "owner_id": Person(root=CONVERSATION),
            "user_id": Person(root=FEEDBACK),
            **keep(_MODEL, "model_id"),
            **keep(_WORD, "rating", "flag_reason"),
            **keep(_NUMBERS, "reasons", "factors", "stances"),
        },
    ),
    "dimension_ratings": Rule(
        reach=_OF_FEEDBACK,
        columns={
            **blank("justification", "correct_response", "cannot_judge_reason"),
            **keep(_NUMBERS, "score"),
        },
    ),
    "feedback_spans": Rule(reach=_OF_FEEDBACK, columns=blank("note")),
    "feedback_revisions": Rule(reach=_OF_FEEDBACK, columns=blank("replaced", to="'{}'")),
    "validations": Rule(
        reach={**_OF_FEEDBACK, VERDICT: _ROOT},
        columns={
            **blank("notes", "correction"),
            **keep("follows the name of its place, by the foreign key", "validator_id"),
        },
    ),
    "validation_dimensions": Rule(
        reach=_OF_VALIDATIONS, columns={**blank("notes"), **keep(_NUMBERS, "correct_score")}
    ),
    "validation_places": Rule(columns={"validator_id": Person()}),
    "gold_items": Rule(
        reach=_OF_FEEDBACK, columns={**blank("notes"), "marked_by": Person(owns=True)}
    ),
    "gold_leases": Rule(columns={"validator_id": Person()}),
    "gold_answers": Rule(
        reach=_OF_FEEDBACK,
        columns={
            **blank("notes", "correction"),
            **blank("dimension_verdicts", to="'[]'"),
            "validator_id": Person(owns=True),
        },
    ),
    # What is measured is measured anew from what is left.
    "reliabilities": Rule(
        vanishes=True,
        columns={**_MINE, **keep(_WORD, "capacity", "scope"), **keep(_NUMBERS, "reasons")},
    ),
    "rater_kappas": Rule(
        vanishes=True,
        columns={
            "one": Person(owns=True),
            "other": Person(owns=True),
            **keep(_WORD, "scope", "weights", "undefined"),
        },
    ),
    "contradictions": Rule(
        reach=_OF_FEEDBACK, vanishes=True, columns=keep(_WORD, "basis", "majority", "estimate")
    ),
    "signals": Rule(
        reach=dict.fromkeys((CONVERSATION, FEEDBACK, VERDICT), _ABOUT_THEM),
        vanishes=True,
        columns={
            "dismissed_by": Person(),
            **keep("gone with the row", "people", "evidence", "note"),
            **keep(_WORD, "kind", "key", "status"),
        },
    ),
    "handouts": Rule(
        columns={"validator_id": Person(), **keep(_MODEL, "model_id"), **keep(_WORD, "way")}
    ),
    # By them alike texts are found: they go with the text.
    "feedback_sketches": Rule(reach=_OF_FEEDBACK, vanishes=True),
    "decisions": Rule(
        reach=_OF_FEEDBACK,
        columns={**blank("notes", to="''"), "decided_by": Person(owns=True)},
    ),
    "preferences": Rule(columns={**_MINE, **keep(_WORD, "verdict"), **keep("two ids", "pair")}),
    "preference_ranks": nobodys("a place among answers, of a preference that names its person"),
    "points_entries": Rule(columns={**_MINE, **keep(_WORD, "rule", "subject")}),
    "contributors": Rule(columns={**_MINE, **keep(_WORD, "level")}),
    "contributor_days": Rule(columns=_MINE),
    "contributor_periods": Rule(columns={**_MINE, **keep(_WORD, "period")}),
    "token_usage": Rule(vanishes=True, columns=_MINE),
    "imported_conversations": Rule(
        reach=_IN_CONVERSATION,
        vanishes=True,
        columns={
            "importer": Person(),
            **keep("gone with the conversation that it names", "external_id", "digest"),
        },
    ),
    "idempotency_keys": Rule(
        reach=_OF_RESPONSES,
        vanishes=True,
        columns={
            "caller": Person(owns=True),
            **keep("gone with the row; what others were answered: .answers", "body", "headers"),
            **keep("gone with the row", "route", "key", "fingerprint"),
        },
    ),
    "jobs": Rule(
        unless="id = :this_job",
        columns={
            **_MINE,
            **blank("arguments", "error", "result"),
            **keep(_WORD, "kind", "status"),
        },
    ),
    "events": Rule(
        reach=_IN_LOG,
        columns={
            "data": _renamed(),
            "actor": Person(),
            **keep(_WORD, "type"),
            **keep("the id of a thing", "subject"),
            **keep("a number", "transaction"),
        },
    ),
    "dataset_exports": Rule(
        columns={
            "requested_by": Person(),
            **keep(_MODEL, "model_id"),
            **keep(_WORD, "shape", "format"),
        },
    ),
    "erasures": nobodys("the work itself: the row goes with the last of it"),
    "api_keys": nobodys("other services"),
    "dimensions": nobodys("what administrators ask everybody"),
    "dimension_versions": nobodys("scales"),
    "models": nobodys("providers of models"),
    "privacy_policies": nobodys("rules per model"),
    "validation_policies": nobodys("rules per model"),
}
