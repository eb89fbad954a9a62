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
)
from app.services.erasure.nobodys import NOBODYS
from app.services.erasure.reaches import (
    ABOUT_THEM,
    CORRECTED,
    IN_CONVERSATION,
    IN_LOG,
    OF_FEEDBACK,
    OF_RESPONSES,
    OF_VALIDATIONS,
    ROOT,
    renamed_in_data,
)
from app.services.erasure.version_rules import VERSION_RULES

_WORD = "a word of the service's own"
_MODEL = "names a model"
_NUMBERS = "numbers stay"
_MINE: dict[str, Fate] = {"user_id": Person(owns=True)}

RULES: dict[str, Rule] = {
    **VERSION_RULES,
    "dataset_entries": Rule(
        reach={
            **IN_CONVERSATION,
            FEEDBACK: OF_FEEDBACK[FEEDBACK],
            # What they were to learn from was this verdict's correction.
            VERDICT: CORRECTED,
        },
        columns={
            "withdrawn_at": Turn(to="now()", when="withdrawn_at IS NULL"),
            # Without it nobody can guess a short text from its leaf.
            **blank("salt"),
            **keep(_MODEL, "model_id", "model_version"),
            **keep(_WORD, "language"),
        },
    ),
    "interactions": Rule(
        reach={CONVERSATION: ROOT},
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
        reach=IN_CONVERSATION,
        columns={
            **blank("content", to="''"),
            **blank("context", "system_prompt", "messages"),
            **blank("parameters", to="'{}'"),
            **keep(_WORD, "kind"),
        },
    ),
    "responses": Rule(
        reach=IN_CONVERSATION,
        columns={
            **blank("content", "parameters", "sent", "error", "raw"),
            # Whoever is recording it finds that it has ended, and stores nothing more.
            "status": Turn(to="'cancelled'", when="status IN ('pending', 'streaming')"),
            "completed_at": Turn(to="now()", when="completed_at IS NULL"),
            **keep(_MODEL, "model_id", "model_version", "endpoint_name", "provider"),
            **keep(_WORD, "finish_reason"),
        },
    ),
    "response_chunks": Rule(reach=OF_RESPONSES, vanishes=True),
    "summaries": Rule(reach=IN_CONVERSATION, vanishes=True),
    "feedback": Rule(
        reach={**IN_CONVERSATION, FEEDBACK: ROOT},
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
        reach=OF_FEEDBACK,
        columns={
            **blank("justification", "correct_response", "cannot_judge_reason"),
            **keep(_NUMBERS, "score"),
        },
    ),
    "feedback_spans": Rule(reach=OF_FEEDBACK, columns=blank("note")),
    "feedback_revisions": Rule(reach=OF_FEEDBACK, columns=blank("replaced", to="'{}'")),
    "validations": Rule(
        reach={**OF_FEEDBACK, VERDICT: ROOT},
        columns={
            **blank("notes", "correction"),
            **keep("follows the name of its place, by the foreign key", "validator_id"),
        },
    ),
    "validation_dimensions": Rule(
        reach=OF_VALIDATIONS, columns={**blank("notes"), **keep(_NUMBERS, "correct_score")}
    ),
    "validation_places": Rule(columns={"validator_id": Person()}),
    "gold_items": Rule(
        reach=OF_FEEDBACK, columns={**blank("notes"), "marked_by": Person(owns=True)}
    ),
    "gold_leases": Rule(columns={"validator_id": Person()}),
    "gold_answers": Rule(
        reach=OF_FEEDBACK,
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
        reach=OF_FEEDBACK, vanishes=True, columns=keep(_WORD, "basis", "majority", "estimate")
    ),
    "signals": Rule(
        reach=dict.fromkeys((CONVERSATION, FEEDBACK, VERDICT), ABOUT_THEM),
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
    "feedback_sketches": Rule(reach=OF_FEEDBACK, vanishes=True),
    "decisions": Rule(
        reach=OF_FEEDBACK,
        columns={**blank("notes", to="''"), "decided_by": Person(owns=True)},
    ),
    "preferences": Rule(
        columns={
            **_MINE,
            **blank("salt"),
            **keep(_WORD, "verdict", "language"),
            **keep("two ids", "pair"),
        }
    ),
    "points_entries": Rule(columns={**_MINE, **keep(_WORD, "rule", "subject")}),
    "contributors": Rule(columns={**_MINE, **keep(_WORD, "level")}),
    "contributor_days": Rule(columns=_MINE),
    "contributor_periods": Rule(columns={**_MINE, **keep(_WORD, "period")}),
    # Where people have a budget, today's row stays: who is erased does not get it anew. It goes
    # in the second night after, as those of everybody do.
    "token_usage": Rule(
        vanishes=True,
        columns=_MINE,
        unless="day >= CAST(now() AT TIME ZONE 'UTC' AS date)",
    ),
    "imported_conversations": Rule(
        reach=IN_CONVERSATION,
        vanishes=True,
        columns={
            "importer": Person(),
            **keep("gone with the conversation that it names", "external_id", "digest"),
        },
    ),
    "imported_feedback": Rule(
        reach=OF_FEEDBACK,
        vanishes=True,
        columns={
            "importer": Person(),
            **keep("gone with the feedback that it names", "source", "external_id", "digest"),
        },
    ),
    "idempotency_keys": Rule(
        reach=OF_RESPONSES,
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
        reach=IN_LOG,
        columns={
            "data": renamed_in_data(),
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
    **NOBODYS,
}
