"""Gold items, and what is measured of people, as examples."""

from app.api.examples.story import DIMENSION_ID, FEEDBACK_ID, JUDGED, MODEL, SIGNAL_ID

KNOWN = {"is_valid": False, "notes": "The year is wrong: see the source."}
GOLD = {
    "feedback_id": FEEDBACK_ID,
    "model_id": MODEL,
    **KNOWN,
    "marked_by": "adam",
    "state": "live",
    "answers": 12,
    "right": 10,
    "wrong": 1,
    "created_at": JUDGED,
    "updated_at": JUDGED,
}
OWN_RELIABILITY = {
    "capacity": "validator",
    "dimension": DIMENSION_ID,
    "dimension_name": "accuracy",
    "mean": 0.84,
    "low": 0.67,
    "high": 0.95,
    "answers": 25,
    "as_of": JUDGED,
}
RELIABILITY = {
    **OWN_RELIABILITY,
    "user_id": "vera",
    "reasons": {"gold": {"right": 9, "wrong": 1}, "rounds": {"right": 13, "wrong": 2}},
}
CONTRADICTION = {
    "feedback_id": FEEDBACK_ID,
    "round": 1,
    "basis": "round",
    "votes": 3,
    "majority": "valid",
    "share": 0.667,
    "estimate": "invalid",
    "posterior": 0.93,
    "is_known": False,
    "computed_at": JUDGED,
}
KAPPA = {
    "one": "vera",
    "other": "vic",
    "dimension": "overall",
    "weights": "unweighted",
    "kappa": 0.71,
    "undefined": None,
    "items": 48,
    "computed_at": JUDGED,
}
NOTE = "They were trained on that day."
SIGNAL = {
    "id": SIGNAL_ID,
    "kind": "burst",
    "people": ["alice"],
    "evidence": {
        "start": 1795253400.0,
        "end": 1795255200.0,
        "count": 42,
        "usual": 3.0,
        "ratio": 14.0,
        "windows": 9,
        "threshold": {"seconds": 3600, "count": 20, "ratio": 5.0},
        "feedback_ids": [FEEDBACK_ID],
    },
    "first_seen": JUDGED,
    "last_seen": JUDGED,
    "status": "open",
    "dismissed_by": None,
    "dismissed_at": None,
    "note": None,
}
DISMISSED = {
    **SIGNAL,
    "status": "dismissed",
    "dismissed_by": "adam",
    "dismissed_at": JUDGED,
    "note": NOTE,
}
