"""What still works while Redis, the Model Service or PostgreSQL is stopped."""

import uuid

from tests.faults.caller import Caller
from tests.faults.processes import free_port
from tests.model_side import MODEL


class Visit:
    """Calls operations by their documented paths and remembers which."""

    def __init__(self, installation, name):
        self.people = {
            role: installation.caller(f"{role}-{name}", role)
            for role in ("user", "validator", "admin")
        }
        self.known = {"model_id": MODEL}
        self.used = set()

    def call(self, method, path, *, role="user", body=None):
        reply = self.people[role].call(method, path.format(**self.known), body)
        assert reply.status < 300, (method, path, reply.status, reply.body)
        self.used.add((method, path))
        return reply

    def make(self, what, path, *, role="user", body=None):
        """POST and know the id of what was made."""
        made = self.call("POST", path, role=role, body=body).json
        self.known[what] = made.get(what.removesuffix("_id"), made)["id"]
        return made


def _use_everything(installation, name):
    """Do what the service is for, by every operation there is; return those that were used."""
    visit = Visit(installation, name)
    _converse(visit)
    _judge(visit)
    _serve(visit)
    _look(visit, installation)
    return visit.used


def _converse(visit):
    visit.make("interaction_id", "/interactions", body={"model_id": MODEL})
    here = "/interactions/{interaction_id}"
    visit.make("response_id", f"{here}/prompts", body={"content": "What is it?"})
    visit.call("POST", f"{here}/chat", body={"message": "And why?"})
    visit.call("DELETE", f"{here}/memory")


def _judge(visit):
    dimension = {"name": f"speed-{uuid.uuid4().hex[:8]}", "model_id": MODEL}
    visit.make("dimension_id", "/dimensions", role="admin", body=dimension)
    visit.call("PUT", "/dimensions/{dimension_id}", role="admin", body={"weight": 2})
    rating = {"dimension_id": "accuracy", "score": 5}
    body = {"response_id": visit.known["response_id"], "dimension_ratings": [rating]}
    visit.make("feedback_id", "/feedback", body=body)
    path = "/validation/feedback/{feedback_id}"
    verdict = visit.call("POST", path, role="validator", body={"is_valid": True}).json
    visit.known["entry_id"] = verdict["dataset_entry_id"]


def _serve(visit):
    made = {"model_id": f"acme/m-{uuid.uuid4().hex[:8]}", "provider": "model_service"}
    visit.call("POST", "/models", role="admin", body=made)
    visit.known["model_id"], model_id = made["model_id"], visit.known["model_id"]
    visit.call("GET", "/models")
    visit.call("GET", "/models/{model_id}")
    visit.call("PUT", "/models/{model_id}", role="admin", body={"enabled": False})
    visit.call("DELETE", "/models/{model_id}", role="admin")
    visit.known["model_id"] = model_id


def _look(visit, installation):
    jobs = "SELECT id::text FROM jobs WHERE user_id = %s"
    visit.known["job_id"] = installation.rows(jobs, visit.people["user"].name)[0][0]
    for path in (
        *(
            "/health",
            "/ready",
            "/metrics",
            "/docs",
            "/openapi.json",
            "/interactions",
            "/interactions/{interaction_id}",
        ),
        *("/interactions/{interaction_id}/history", "/interactions/{interaction_id}/replay"),
        *("/responses/{response_id}", "/feedback/{feedback_id}", "/feedback/user"),
        *("/feedback/response/{response_id}", "/dimensions/model/{model_id}", "/jobs/{job_id}"),
    ):
        visit.call("GET", path)
    for path in (
        *("/feedback/pending", "/validation/stats", "/events", "/dataset/stats"),
        *("/dataset/entry/{entry_id}", "/dataset/model/{model_id}"),
        "/dataset/model/{model_id}/export",
    ):
        visit.call("GET", path, role="admin")
    visit.call("PUT", "/interactions/{interaction_id}", body={"status": "completed"})


# What the service is for: the routes of the founding document.
FOUNDING = {
    ("POST", "/interactions"),
    ("GET", "/interactions"),
    ("GET", "/interactions/{interaction_id}"),
    ("PUT", "/interactions/{interaction_id}"),
    ("POST", "/interactions/{interaction_id}/prompts"),
    ("POST", "/interactions/{interaction_id}/chat"),
    ("GET", "/interactions/{interaction_id}/history"),
    ("POST", "/feedback"),
    ("GET", "/feedback/{feedback_id}"),
    ("GET", "/feedback/user"),
    ("GET", "/feedback/pending"),
    ("GET", "/feedback/response/{response_id}"),
    ("POST", "/dimensions"),
    ("PUT", "/dimensions/{dimension_id}"),
    ("GET", "/dimensions/model/{model_id}"),
    ("POST", "/validation/feedback/{feedback_id}"),
    ("GET", "/validation/stats"),
    ("GET", "/dataset/model/{model_id}"),
    ("GET", "/dataset/model/{model_id}/export"),
    ("GET", "/dataset/entry/{entry_id}"),
    ("GET", "/dataset/stats"),
}


def test_what_the_service_is_for_works_without_redis(installation):
    installation.redis.kill()
    try:
        assert installation.web.readiness()["redis"] == "does not answer"
        assert installation.web.answers()
        assert _use_everything(installation, "without-redis") >= FOUNDING
    finally:
        installation.redis.begin()
        installation.redis.wait_ready()


def test_a_stopped_model_service_is_a_problem_and_the_prompt_is_kept(installation):
    web = installation.another_web(MODEL_SERVICE_URL=f"http://127.0.0.1:{free_port()}")
    web.begin()
    web.wait_ready()
    try:
        user = Caller(web.url, "user-without-model")
        here = f"/interactions/{user.made('/interactions', {'model_id': MODEL})['id']}"
        reply = user.post(f"{here}/prompts", {"content": "Anybody?"})
        assert (reply.status, reply.json["code"]) == (503, "model_unavailable")
        messages = user.found(f"{here}/history")["messages"]
        assert messages[0]["content"] == "Anybody?"
        assert user.found(f"/responses/{reply.json['response_id']}")["status"] == "failed"
    finally:
        web.stop()


def test_a_stopped_database_is_a_503_and_needs_no_restart(installation):
    user = installation.caller("user-without-database")
    user.made("/interactions", {"model_id": MODEL})
    pids = installation.web.worker_pids()
    installation.postgres.stop()
    try:
        for reply in (user.get("/interactions"), user.post("/interactions", {"model_id": MODEL})):
            assert (reply.status, reply.json["code"]) == (503, "unavailable")
            assert reply.headers["Retry-After"] == "1"
        assert installation.web.readiness()["status"] == "not ready"
        assert user.get("/health").status == 200
    finally:
        installation.postgres.begin()
        installation.postgres.wait_ready()
    user.made("/interactions", {"model_id": MODEL})
    assert installation.web.worker_pids() == pids
