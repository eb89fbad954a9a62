"""Privacy policies, as examples."""

from app.api.examples.story import JUDGED, MODEL

RULES = {"pii": "mask", "texts_days": 365, "raw_days": 30, "chunks_days": 7}
POLICY = {
    "model_id": MODEL,
    "said_for": MODEL,
    **RULES,
    "reached": {"raw": JUDGED},
    "version": 1,
}
