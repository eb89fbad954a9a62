"""Gold items, and what is measured of people, as examples."""

from app.api.examples.story import FEEDBACK_ID, JUDGED, MODEL

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
