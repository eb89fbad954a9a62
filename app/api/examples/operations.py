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
    "status": "succeeded",
    "progress": {"done": 1, "total": 1},
    "error": None,
    "result": {"told": "feedback.validated"},
    "created_at": JUDGED,
    "started_at": JUDGED,
    "finished_at": JUDGED,
}
READY = {
    "status": "ready",
    "database": "ok",
    "redis": "ok",
    "model_service": "ok",
}
