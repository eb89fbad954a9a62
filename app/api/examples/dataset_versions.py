"""Frozen versions of the dataset, as examples."""

from app.api.examples.story import ENTRY_ID, JUDGED, MODEL

VERSION_ID = "0199c0de-0000-7000-8000-000000000020"
VERSION_JOB_ID = "0199c0de-0000-7000-8000-000000000021"
_LEAF = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
_ROOT = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
_DIGEST = "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"

VERSION_IN = {
    "name": "November",
    "selection": {"min_score": {"accuracy": 0.75}, "min_raters": 2},
    "splits": {"train": 0.8, "validation": 0.1, "test": 0.1},
}
BEGUN = {"id": VERSION_ID, "job_id": VERSION_JOB_ID}
VERSION = {
    "id": VERSION_ID,
    "model_id": MODEL,
    "name": "November",
    "status": "frozen",
    "selection": {"min_score": {"accuracy": 0.75}, "min_raters": 2, "preferences": "include"},
    "splits": {
        "shares": [["train", 0.8], ["validation", 0.1], ["test", 0.1]],
        "seed": 0,
        "people": "everybody",
    },
    "rows": 1,
    "erased_rows": 0,
    "merkle_root": _ROOT,
    "digest": _DIGEST,
    "manifest": {
        "model_id": MODEL,
        "counts": {"rows": 1, "entries": 1, "preferences": 0},
        "dropped": [{"reason": "near_duplicate", "rows": 0}],
        "merkle_root": _ROOT,
    },
    "job_id": VERSION_JOB_ID,
    "created_by": "adam",
    "created_at": JUDGED,
    "frozen_at": JUDGED,
}
DIFFERENCE = {
    "entry_id": ENTRY_ID,
    "change": "removed",
    "reason": "withdrawn",
    "from_split": "train",
    "to_split": None,
}
PROOF = {
    "version_id": VERSION_ID,
    "entry_id": ENTRY_ID,
    "position": 0,
    "split": "train",
    "rows": 1,
    "leaf": _LEAF,
    "merkle_root": _ROOT,
    "path": [],
}
