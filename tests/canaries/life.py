"""A life of a served application in which people say much in confidence, well and in vain."""

import json
import time
from collections.abc import Mapping
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import text

from app.db import transaction
from tests.model_side import MODEL, Reply
from tests.scene import routes
from tests.waiting import eventually
from tests.world import token

Canaries = Mapping[str, str]
SECRETS = ("jwt-secret", "database-password", "metrics-token")
TEXTS = ("prompt", "context", "system", "answer", "title", "comment", "correction", "flag", "note",
         "justification", "correct", "metadata", "setting", "failure", "shout")  # fmt: skip


class Caller:
    """Somebody who asks the served application, and what they were answered."""

    def __init__(self, served, headers):
        self.headers = headers
        self.answers = []
        self._served = served

    def ask(self, method, path, body=None, **headers):
        answer = self._served.ask(method, path, body, {**self.headers, **headers})
        self.answers.append((f"{method} {path}", answer))
        is_json = answer.headers.get("Content-Type") == "application/json"
        return json.loads(answer.body) if is_json and answer.status < 300 else {}

    def told(self, *, failures=False):
        """Return everything they were answered, or every refusal alone."""
        return b"".join(
            repr(answer.headers).encode() + answer.body
            for _, answer in self.answers
            if answer.status >= 400 or not failures
        ).decode(errors="replace")


@contextmanager
def without(app, *tables):
    """Take tables away, so that statements with people's words in them fail."""
    renamed = [(name, f"{name}_gone") for name in tables]
    with app.app_context(), transaction() as session:
        for name, other in renamed:
            session.execute(text(f"ALTER TABLE {name} RENAME TO {other}"))
    try:
        yield
    finally:
        with app.app_context(), transaction() as session:
            for name, other in renamed:
                session.execute(text(f"ALTER TABLE {other} RENAME TO {name}"))


def live(alice, vera, canary, model_side):
    """Let Alice and Vera do everything that there is to do, well; return Alice's ids."""
    model_side.query_reply = lambda _: Reply([{"generated_text": canary["answer"]}])
    made = alice.ask("POST", "/interactions", {
        "model_id": MODEL, "title": canary["title"], "system_prompt": canary["system"],
        "metadata": {"x": canary["metadata"]}, "settings": {"x": canary["setting"]},
    }, **{"Idempotency-Key": "a-key"})  # fmt: skip
    path = f"/interactions/{made['id']}"
    alice.ask("PUT", path, {"metadata": {"y": canary["metadata"]}})
    said = {"content": canary["prompt"], "context": canary["context"]}
    response = alice.ask("POST", f"{path}/prompts", said)["response"]
    talk(alice, path, canary, model_side)
    given = alice.ask("POST", "/feedback", {
        "response_id": response["id"], "overall_comment": canary["comment"],
        "correction": canary["correction"], "flag": canary["flag"],
        "dimension_ratings": [{
            "dimension_id": "accuracy", "score": 4, "justification": canary["justification"],
            "correct_response": canary["correct"],
        }],
    })  # fmt: skip
    judged = vera.ask(
        "POST",
        f"/validation/feedback/{given['id']}",
        {
            "is_valid": True,
            "notes": canary["note"],
            "correction": canary["note"],
            "dimension_verdicts": [
                {"dimension_id": "accuracy", "is_valid": True, "notes": canary["note"]}
            ],
        },
    )
    return {
        "interaction_id": made["id"],
        "prompt_id": response["prompt_id"],
        "response_id": response["id"],
        "feedback_id": given["id"],
        "entry_id": judged["dataset_entry_id"],
    }


def talk(alice, path, canary, model_side):
    """Let Alice say her words in every way that there is: whole, streamed, later, elsewhere."""
    said = {"message": canary["prompt"], "system_prompt": canary["system"]}
    alice.ask("POST", f"{path}/chat", said)
    model_side.chat_reply = lambda _: Reply({}, stream=[canary["answer"]])
    alice.ask("POST", f"{path}/chat", {**said, "stream": True})
    late = alice.ask("POST", f"{path}/messages", {"content": canary["prompt"]})
    wait_until_done(alice, late["job_id"])
    prompt_id = late["message"]["id"]
    alice.ask("POST", f"/prompts/{prompt_id}/responses", {"stream": True})
    alice.ask("PUT", f"/prompts/{prompt_id}/choice", {"response_id": late["response_id"]})
    alice.ask("PUT", f"{path}/messages/{prompt_id}/pin")
    messages = [
        {"role": "user", "content": canary["prompt"]},
        {"role": "assistant", "content": canary["answer"]},
    ]
    door = {"model": MODEL, "messages": messages[:1]}
    for body in (door, {**door, "stream": True}):
        alice.ask("POST", "/v1/chat/completions", body)
    line = {"id": "elsewhere", "title": canary["title"], "messages": messages}
    lines = b"%s\n{%s\n" % (json.dumps(line).encode(), canary["prompt"].encode())
    alice.ask("POST", f"/interactions/import?model_id={MODEL}", lines,
              **{"Content-Type": "application/jsonl"})  # fmt: skip


def freeze(adam):
    """Let what there is of the dataset be frozen, and its file be fetched; return the version."""
    begun = adam.ask("POST", f"/dataset/model/{MODEL}/versions", {})
    wait_until_done(adam, begun["job_id"])
    path = f"/dataset/versions/{begun['id']}"
    for shape in ("frozen", "raw"):
        adam.ask("GET", f"{path}/export?shape={shape}&format=jsonl")
    return adam.ask("GET", path)


def wait_until_done(caller, job_id):
    eventually(lambda: caller.ask("GET", f"/jobs/{job_id}")["status"] == "succeeded", seconds=60)


def stumble(app, alice, ids, canary, model_side):
    """Let Alice run into everything that can go wrong, with her words in her hands."""
    path = f"/interactions/{ids['interaction_id']}"
    said = {"content": canary["prompt"], "context": canary["context"]}
    comment = {"response_id": ids["response_id"], "overall_comment": canary["comment"]}
    echo = canary["failure"]
    failures = [
        Reply({}, stream=[echo, b"data: " + echo.encode() + b"\n\n"]),
        Reply({}, stream=[echo], ends=False),
        Reply({"error": echo}),
        Reply(echo.encode(), status=500),
        Reply(b"<" + echo.encode()),
        Reply([{"x": echo}]),
        Reply([], hang_up=True),
    ]
    for reply in failures:
        model_side.query_reply = lambda _, reply=reply: reply
        alice.ask("POST", f"{path}/prompts", said)
        model_side.chat_reply = model_side.query_reply
        for stream in (False, True):
            alice.ask("POST", f"{path}/chat", {"message": canary["prompt"], "stream": stream})
    with without(app, "prompts", "dimension_ratings", "idempotency_keys"):
        alice.ask("POST", f"{path}/prompts", said)
        alice.ask("POST", f"{path}/chat", {"message": canary["prompt"], "stream": True})
        alice.ask("POST", f"{path}/messages", {"content": canary["prompt"]})
        alice.ask("POST", "/feedback", comment)
        alice.ask("POST", "/interactions", {"model_id": "a", "title": canary["title"]},
                  **{"Idempotency-Key": "another"})  # fmt: skip
    alice.ask("POST", "/feedback", comment)
    alice.ask("POST", "/feedback", {**comment, "unknown": canary["comment"]})
    alice.ask("POST", f"{path}/prompts", {**said, "stream": canary["prompt"]})
    alice.ask("POST", f"{path}/prompts", json.dumps(said).encode()[:-1])
    alice.ask("POST", f"{path}/prompts", {"content": canary["prompt"] * 20_000})
    alice.ask("POST", f"{path}/prompts", {"content": [canary["prompt"]]})
    alice.ask("PUT", path, {"title": canary["title"] * 10})
    rating = {"dimension_id": "accuracy", "score": 9, "justification": canary["justification"]}
    alice.ask("POST", "/feedback", {**comment, "dimension_ratings": [rating]})


def knock_in_vain(served, canary, key):
    """Send proofs that are not good enough, and nearly are."""
    good = token("alice", ["user"], canary["jwt-secret"])
    late = token("alice", ["user"], canary["jwt-secret"], exp=int(time.time()) - 60)
    for headers in (
        {"Authorization": f"Bearer {good[:-3]}"},
        {"Authorization": f"Bearer {late}"},
        {"Authorization": f"Basic {good}"},
        {"Authorization": f"Bearer {good}", "X-API-Key": key},
        {"X-API-Key": key + "x"},
        {"Cookie": f"token={good}"},
        {"X-Request-ID": good},
        {"Authorization": f"Bearer {canary['metrics-token']}"},
    ):
        caller = Caller(served, headers)
        caller.ask("GET", f"/interactions?access_token={good}&api_key={key}")
        yield caller


def read_everything(caller, app, ids):
    """Ask every route that reads, about Alice's things and about everybody's."""
    known = {**ids, "model_id": MODEL, "dimension_id": str(uuid4()), "job_id": str(uuid4())}
    known |= {"user_id": "alice", "version_id": str(uuid4()), "other_id": str(uuid4())}
    for route in routes(app):
        method, rule = route.split(" ", 1)
        if method == "GET" and "<name>" not in rule:
            path = "/".join(
                known[part.strip("<>").split(":")[1]] if part.startswith("<") else part
                for part in rule.split("/")
            )
            caller.ask("GET", path)
