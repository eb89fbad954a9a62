"""Insights, as examples."""

from typing import Any

from app.api.examples.story import DIMENSION_ID, JUDGED, MODEL, RATED

_PERIOD: dict[str, Any] = {
    "from": "2026-08-24T00:00:00Z",
    "to": "2026-11-21T12:00:00Z",
    "model_id": None,
    "as_of": JUDGED,
    "truncated": False,
}
_OF_WEEK = {"begins": "2026-11-16", "model_id": MODEL}
_DIMENSION = {"dimension_id": DIMENSION_ID, "dimension_name": "accuracy"}
_PAIR = {"one": "vera", "other": "victor", "items": 12, "same": 10, "reason": None}

VOLUMES = {
    **_PERIOD,
    "items": [
        {
            **_OF_WEEK,
            "interactions": 40,
            "responses": 95,
            "feedback": 31,
            "preferences": 4,
            "verdicts": 28,
        }
    ],
}
SCORES = {
    **_PERIOD,
    "items": [
        {
            **_OF_WEEK,
            "model_version": "1.0",
            **_DIMENSION,
            "dimension_version": 2,
            "n": 3,
            "mean": 4.0,
            "spread": 1.0,
            "distribution": [{"score": score, "n": 1} for score in (3, 4, 5)],
            "carried": 1,
            "left_out": 0,
        }
    ],
}
AGREEMENT = {
    **_PERIOD,
    "items": [
        {
            **_DIMENSION,
            "model_id": MODEL,
            "level": "interval",
            "krippendorff_alpha": 0.72,
            "reason": None,
            "items": 12,
            "ratings": 40,
            "raters": 3,
            "carried": 4,
            "left_out": 0,
        }
    ],
    "pairs": [{**_DIMENSION, **_PAIR, "kappa": 0.81, "weights": "quadratic"}],
    "preferences": {
        "judgements": 24,
        "shared": 12,
        "unanimous": 10,
        "majority_first": 6,
        "majority_second": 4,
        "majority_tie": 1,
        "majority_both_bad": 0,
        "majority_none": 1,
        "krippendorff_alpha": 0.78,
        "reason": None,
        "pairs": [{**_PAIR, "kappa": 0.77, "weights": "unweighted"}],
    },
}
VERDICT_TIMES = {
    **_PERIOD,
    "items": [
        {
            **_OF_WEEK,
            "verdicts": 28,
            "mean_seconds": 5400.0,
            "median_seconds": 3300.0,
            "p90_seconds": 14400.0,
        }
    ],
}
_WAITING = {
    "waiting": 60,
    "oldest_at": RATED,
    "tied": 1,
    "returned": 2,
    "days": 28,
    "arrived_per_day": 20.0,
    "decided_per_day": 23.0,
    "verdicts_per_day": 25.0,
    "net_per_day": -3.0,
    "net_least": -5.0,
    "net_most": -1.0,
    "outlook": "shrinks",
    "empty_at": "2026-12-11T12:00:00Z",
    "earliest": "2026-12-03T12:00:00Z",
    "latest": "2027-01-20T12:00:00Z",
}
BACKLOG = {
    **_PERIOD,
    "from": "2026-10-19T00:00:00Z",
    "as_of": JUDGED,
    "items": [{"model_id": MODEL, **_WAITING}],
    "total": {"model_id": None, **_WAITING},
}
RETENTION = {
    **_PERIOD,
    "items": [
        {
            "first_week": "2026-11-09",
            "contributors": 20,
            "weeks_later": place,
            "returned": returned,
            "share": returned / 20,
            "is_over": place == 0,
        }
        for place, returned in enumerate((20, 7))
    ],
}
DIMENSIONS = {
    **_PERIOD,
    "items": [
        {
            **_DIMENSION,
            "dimension_version": 2,
            "model_id": "all",
            "scores": 40,
            "highest": 34,
            "lowest": 1,
            "different": 4,
            "cannot_judge": 2,
            "carried": 4,
            "left_out": 0,
            "signs": ["all_highest"],
        }
    ],
}
