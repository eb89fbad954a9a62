"""Progress, points and leaderboards, as examples."""

from app.api.examples.story import FEEDBACK_ID, JUDGED

PROGRESS = {
    "points": 60,
    "level": "contributor",
    "next_level": {"level": "trusted", "points": 500, "missing": 440},
    "rank": 2,
    "feedback": {
        "submitted": 5,
        "validated": 3,
        "rejected": 1,
        "pending": 1,
        "returned": 0,
        "tied": 0,
        "withdrawn": 0,
    },
    "quality": 0.3006,
    "streak_days": 2,
}
POINTS = {
    "event_id": "0199c0de-0000-7000-8000-000000000009",
    "feedback_id": FEEDBACK_ID,
    "rule": "feedback_validated",
    "rule_version": 1,
    "subject": f"feedback:{FEEDBACK_ID}#1",
    "amount": 10,
    "full_amount": 10,
    "balance": 60,
    "reason": "Your feedback was validated.",
    "earned_at": JUDGED,
}
POINTS_SUMMARY = {
    "points": 60,
    "rules": [
        {
            "rule": "feedback_validated",
            "rule_version": 1,
            "reason": "Your feedback was validated.",
            "entries": 6,
            "points": 60,
        }
    ],
    "today": [
        {"pool": "authored", "points": 10, "full": 500, "most": 1000},
        {"pool": "judged", "points": 0, "full": 100, "most": 200},
    ],
}
LEADER = {"rank": 1, "user_id": "alice", "points": 120, "level": "contributor"}
