"""Who asked what, when, and under which ids: what the examples share."""

from typing import Any

MODEL = "google-bert/bert-base-uncased"
ENDPOINT = "google-bert--bert-base-uncased-202611210900"
STARTED = "2026-11-21T09:00:00Z"
ANSWERED = "2026-11-21T09:00:02Z"
RATED = "2026-11-21T09:05:00Z"
JUDGED = "2026-11-21T10:00:00Z"

INTERACTION_ID = "0199c0de-0000-7000-8000-000000000000"
PROMPT_ID = "0199c0de-0000-7000-8000-000000000001"
RESPONSE_ID = "0199c0de-0000-7000-8000-000000000002"
DIMENSION_ID = "0199c0de-0000-7000-8000-000000000003"
FEEDBACK_ID = "0199c0de-0000-7000-8000-000000000004"
VALIDATION_ID = "0199c0de-0000-7000-8000-000000000005"
ENTRY_ID = "0199c0de-0000-7000-8000-000000000006"
OTHER_RESPONSE_ID = "0199c0de-0000-7000-8000-000000000007"
PREFERENCE_ID = "0199c0de-0000-7000-8000-000000000008"
SIGNAL_ID = "0199c0de-0000-7000-8000-0000000000a1"

QUESTION = "What is machine learning?"
ANSWER = "Machine learning lets programs improve by examples."
CORRECTION = "Machine learning lets programs improve through examples instead of rules."


def page_example(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the last page of a list with ``items``, and what else holds for all of it."""
    return {"items": list(items), "next_cursor": None, **more}
