"""Dimensions, feedback and verdicts, as examples."""

from app.api.examples.story import (
    CORRECTION,
    DIMENSION_ID,
    ENTRY_ID,
    FEEDBACK_ID,
    INTERACTION_ID,
    JUDGED,
    MODEL,
    OTHER_RESPONSE_ID,
    PREFERENCE_ID,
    PROMPT_ID,
    RATED,
    RESPONSE_ID,
    STARTED,
    VALIDATION_ID,
    page_example,
)

DIMENSION = {
    "id": DIMENSION_ID,
    "name": "accuracy",
    "description": "Is it right?",
    "model_id": "all",
    "scale": {"type": "numeric", "min": 1, "max": 5, "step": 1},
    "required": False,
    "weight": 1.0,
    "order": 0,
    "guidance": "Hold each statement against a source.",
    "anchors": [{"score": 1, "text": "Wrong."}, {"score": 5, "text": "All of it is true."}],
    "archived_at": None,
    "overrides": None,
    "version": 1,
    "created_at": STARTED,
    "updated_at": STARTED,
}
ARCHIVED_DIMENSION = {**DIMENSION, "archived_at": JUDGED, "updated_at": JUDGED}
DIMENSION_VERSION = {
    "version": 2,
    "scale": {"type": "numeric", "min": 0, "max": 10, "step": 1},
    "mapping": {"type": "linear"},
    "created_at": JUDGED,
}
SPAN = {
    "start": 31,
    "end": 41,
    "text": "improve by",
    "dimension_id": DIMENSION_ID,
    "note": "By itself, or how?",
}
FEEDBACK = {
    "id": FEEDBACK_ID,
    "response_id": RESPONSE_ID,
    "interaction_id": INTERACTION_ID,
    "user_id": "alice",
    "status": "pending",
    "rating": "like",
    "dimension_ratings": [
        {
            "dimension_id": DIMENSION_ID,
            "dimension_name": "accuracy",
            "dimension_version": 1,
            "score": 4,
            "justification": "Accurate, some context missing.",
            "correct_response": None,
            "cannot_judge": False,
            "cannot_judge_reason": None,
        }
    ],
    "overall_comment": "Good response overall.",
    "correction": CORRECTION,
    "flag": None,
    "cannot_judge": False,
    "cannot_judge_reason": None,
    "spans": [SPAN],
    "created_at": RATED,
    "updated_at": RATED,
    "version": 1,
    "return_reason": None,
    "appeal": None,
    "provenance": None,
}
PROVENANCE = {
    "source": "argilla",
    "external_ids": ["record-17:alice"],
    "given_at": STARTED,
    "imported_at": RATED,
}
CHANGED_FEEDBACK = {**FEEDBACK, "rating": "dislike", "updated_at": JUDGED, "version": 2}
REVISION = {"version": 1, "replaced": {"rating": "like"}, "replaced_at": JUDGED}
PENDING_FEEDBACK = {
    **FEEDBACK,
    "provenance": PROVENANCE,
    "priority": 2.5,
    "reasons": {"has_correction": 2.0, "age": 0.5},
}
PREFERENCE = {
    "id": PREFERENCE_ID,
    "prompt_id": PROMPT_ID,
    "interaction_id": INTERACTION_ID,
    "user_id": "alice",
    "ranking": [[RESPONSE_ID], [OTHER_RESPONSE_ID]],
    "verdict": None,
    "created_at": RATED,
}
JUDGING = {
    "is_valid": True,
    "notes": "Well justified.",
    "dimension_verdicts": [{"dimension_id": "accuracy", "is_valid": False, "correct_score": 5}],
    "feedback_version": 1,
}
DIMENSION_VERDICT = {
    "dimension_id": DIMENSION_ID,
    "dimension_name": "accuracy",
    "dimension_version": 1,
    "is_valid": False,
    "notes": None,
    "correct_score": 5,
}
VERDICT = {
    "id": VALIDATION_ID,
    "feedback_id": FEEDBACK_ID,
    "validator_id": "vera",
    "is_valid": True,
    "verdict": "valid",
    "notes": "Well justified.",
    "weight": 1,
    "correction": None,
    "dimension_verdicts": [DIMENSION_VERDICT],
    "feedback_version": 1,
    "created_at": JUDGED,
    "feedback_status": "validated",
    "dataset_entry_id": ENTRY_ID,
}
_LED_TO = {"feedback_id", "feedback_status", "dataset_entry_id"}
GIVEN_VERDICT = {name: VERDICT[name] for name in VERDICT.keys() - _LED_TO} | {"round": 1}
VERDICTS = {
    "feedback_id": FEEDBACK_ID,
    "status": "validated",
    "round": 1,
    "validators": 1,
    "quorum": 0.5,
    "blind": False,
    "refuted": ["accuracy"],
    "decisions": [],
    **page_example(GIVEN_VERDICT),
}
VALIDATION_STATS = {
    "total": 1,
    "by_status": {"validated": 1},
    "by_model": {MODEL: {"validated": 1}},
    "by_validator": [{"validator_id": "vera", "valid": 1, "invalid": 0, "returned": 0}],
    "time_to_verdict_seconds": {"verdicts": 1, "mean": 3300.0, "median": 3300.0, "p90": 3300.0},
    "agreement": {
        "accuracy": {
            "krippendorff_alpha": 0.72,
            "reason": None,
            "level": "interval",
            "items": 12,
            "ratings": 40,
            "raters": 3,
            "carried": 4,
            "left_out": 0,
        }
    },
}
