"""Entries of the dataset, as examples."""

from app.api.examples.story import (
    ANSWER,
    CORRECTION,
    ENDPOINT,
    ENTRY_ID,
    FEEDBACK_ID,
    INTERACTION_ID,
    JUDGED,
    MODEL,
    PROMPT_ID,
    QUESTION,
    RATED,
    RESPONSE_ID,
    VALIDATION_ID,
)

ENTRY = {
    "id": ENTRY_ID,
    "model_id": MODEL,
    "prompt": QUESTION,
    "response": CORRECTION,
    "original_response": ANSWER,
    "context": [],
    "quality_ratings": {"accuracy": 4},
    "source": {
        "type": "feedback",
        "feedback_id": FEEDBACK_ID,
        "response_id": RESPONSE_ID,
        "interaction_id": INTERACTION_ID,
    },
    "created_at": JUDGED,
}
ENTRY_WITH_PROVENANCE = {
    **ENTRY,
    "provenance": {
        "author": "alice",
        "owner": "alice",
        "prompt_id": PROMPT_ID,
        "validation_id": VALIDATION_ID,
        "correction_id": None,
        "withdrawn_at": None,
        "feedback_status": "validated",
        "feedback_at": RATED,
        "model_version": "1.0",
        "endpoint_name": ENDPOINT,
        "provider": "model_service",
        "ratings": [
            {
                "dimension": "accuracy",
                "dimension_version": 1,
                "score": 4,
                "justification": "Accurate, some context missing.",
                "correct_response": None,
                "refuted": False,
            }
        ],
        "all_ratings": [
            {
                "rater": "alice",
                "feedback_id": FEEDBACK_ID,
                "dimension": "accuracy",
                "dimension_version": 1,
                "score": 4,
                "place": 0.75,
                "justification": "Accurate, some context missing.",
            }
        ],
        "aggregates": [{"dimension": "accuracy", "mean": 0.75, "raters": 1, "agreement": None}],
        "likes": 1,
        "dislikes": 0,
        "raters": 1,
        "agreement": None,
        "validations": [
            {
                "id": VALIDATION_ID,
                "validator_id": "vera",
                "is_valid": True,
                "notes": "Well justified.",
                "correction": None,
                "dimension_verdicts": [
                    {
                        "dimension": "accuracy",
                        "dimension_version": 1,
                        "is_valid": True,
                        "notes": "As the source has it.",
                        "correct_score": None,
                    }
                ],
                "created_at": JUDGED,
            }
        ],
        "decisions": [],
    },
}
DATASET_STATS = {
    "total_entries": 1,
    "total_corrections": 1,
    "models": [
        {
            "model_id": MODEL,
            "entries": 1,
            "corrections": 1,
            "first_at": JUDGED,
            "last_at": JUDGED,
        }
    ],
}
PREVIEW = {
    "model_id": MODEL,
    "shape": "sft",
    "entries": {
        "there": 3,
        "selected": 2,
        "excluded": [{"name": "no_consent", "count": 1}],
    },
    "preferences": {"there": 1, "selected": 1, "excluded": []},
    "prompts": 3,
    "records": 1,
    "dropped": [{"name": "no_target", "count": 1}],
    "people": 2,
    "contributors": [{"name": "alice", "count": 2}, {"name": "bob", "count": 1}],
}
