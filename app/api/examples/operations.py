"""Events, jobs and readiness, as examples."""

from app.api.examples.story import FEEDBACK_ID, JUDGED, RATED, RESPONSE_ID

EVENTS = {
    "items": [
        {
            "offset": "00000000000002fd0000000000000007",
            "id": "0199c0de-0000-7000-8000-000000000007",
            "type": "feedback.submitted",
            "version": 1,
            "time": RATED,
            "subject": f"feedback:{FEEDBACK_ID}",
            "actor": "alice",
            "data": {"response_id": RESPONSE_ID},
        }
    ],
    "next": "00000000000002fd0000000000000007",
}
JOB = {
    "id": "0199c0de-0000-7000-8000-000000000008",
    "kind": "contributions.tell",
    "user_id": "alice",
    "status": "succeeded",
    "attempts": 1,
    "progress": {"done": 1, "total": 1},
    "error": None,
    "result": {"told": "feedback.validated"},
    "created_at": JUDGED,
    "started_at": JUDGED,
    "finished_at": JUDGED,
}
FAILED_JOB = {
    **JOB,
    "status": "failed",
    "progress": {"done": 0, "total": 1},
    "error": {
        "code": "unavailable",
        "message": "the User Profile Service did not take the event",
    },
    "result": None,
}
RETRIED_JOB = {
    **FAILED_JOB,
    "status": "queued",
    "attempts": 0,
    "error": None,
    "started_at": None,
    "finished_at": None,
}
READY = {
    "status": "ready",
    "database": "ok",
    "redis": "ok",
    "model_service": "ok",
}
