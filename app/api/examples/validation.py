"""Policies, leases and decisions, as examples."""

from app.api.examples.conversations import PROMPT, RESPONSE
from app.api.examples.feedback import FEEDBACK
from app.api.examples.story import ENTRY_ID, FEEDBACK_ID, JUDGED, MODEL

WEIGHTS = {
    "flagged": 3.0,
    "has_correction": 2.0,
    "low_score": 2.0,
    "disliked": 1.0,
    "disagreement": 2.0,
    "uncertainty": 2.0,
    "thin_evidence": 1.0,
    "novelty": 1.0,
}
RULES = {
    "validators": 3,
    "quorum": 0.5,
    "blind": True,
    "lease_seconds": 600,
    "trusted_weight": 2,
    "leased_only": True,
    "gold_share": 0.05,
    "random_share": 0.05,
    "priority": WEIGHTS,
}
POLICY = {"model_id": MODEL, "said_for": MODEL, **RULES, "version": 1}
LEASE = {"token": "5f0c2f0e-8a4d-4f6b-9a55-3a3e4f1d2c11", "expires_at": JUDGED}
HIDDEN = {**FEEDBACK, "user_id": None}
WORK = {"feedback": HIDDEN, "prompt": PROMPT, "response": RESPONSE, "lease": LEASE}
DECIDING = {"is_valid": True, "notes": "The source says so."}
DECISION = {
    "id": "0199c0de-0000-7000-8000-000000000007",
    "feedback_id": FEEDBACK_ID,
    "decided_by": "adam",
    **DECIDING,
    "created_at": JUDGED,
    "feedback_status": "validated",
    "dataset_entry_id": ENTRY_ID,
}
TIED = {**FEEDBACK, "status": "tied", "version": 2}
APPEAL = "The answer names the wrong year: see the source."
APPEALED = {**FEEDBACK, "status": "tied", "appeal": APPEAL, "version": 3}
WITHDRAWN = {**FEEDBACK, "status": "withdrawn", "version": 2}
RESUBMITTED = {**FEEDBACK, "version": 3}
