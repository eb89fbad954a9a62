"""What deserves attention, and the gain of the order, as examples."""

from app.api.examples.conversations import RESPONSE
from app.api.examples.story import INTERACTION_ID

WANTED = {
    "response": RESPONSE,
    "interaction_id": INTERACTION_ID,
    "raters": 1,
    "priority": 5.136,
    "reasons": {
        "disliked": 1.0,
        "uncertainty": 1.837,
        "thin_evidence": 0.5,
        "novelty": 1.0,
        "thin_evidence_of_model": 0.2,
        "freshness": 0.599,
    },
}
PRIORITY_REPORT = {
    "ways": [
        {
            "way": "priority",
            "handed_out": 950,
            "verdicts": 900,
            "rejected": 210,
            "returned": 60,
            "corrections": 120,
            "disputed": 80,
            "useful": 405,
            "useful_share": 0.45,
            "useful_interval": [0.418, 0.4826],
            "missing": 0,
        },
        {
            "way": "random",
            "handed_out": 52,
            "verdicts": 48,
            "rejected": 7,
            "returned": 2,
            "corrections": 3,
            "disputed": 2,
            "useful": 12,
            "useful_share": 0.25,
            "useful_interval": [0.149, 0.388],
            "missing": 2,
        },
    ],
    "gain": {"conclusion": "not_enough_yet", "difference": None, "interval": None},
    "window": 5000,
    "enough": 50,
}
