"""Alice's things, and one valid request to every route about them."""

import json
import re
from copy import copy
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

from flask import Flask
from sqlalchemy import text

from app.db import transaction
from app.domain.quorum import Rules
from app.models import Signal
from app.services import jobs
from app.utils import clock
from tests.freezing import freeze_now
from tests.model_side import MODEL
from tests.snapshots import Snapshot
from tests.world import Person, created

_PART = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Request:
    """A request that the route accepts from the right person, with every field filled in."""

    method: str
    path: str
    body: dict[str, Any] | None = None
    query: dict[str, str] = field(default_factory=dict)
    lines: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def sent(self) -> dict[str, Any]:
        """What goes along: a JSON body, JSON lines or nothing."""
        if self.lines is None:
            return {"json": self.body}
        return {"data": self.lines, "content_type": "application/jsonl"}


_VERSIONS = frozenset({"version_id", "other_id"})
_KEPT: WeakKeyDictionary[Flask, tuple["Scene", Snapshot]] = WeakKeyDictionary()


def set_scene(app: Flask) -> "Scene":
    """Return the scene on tables that hold nothing else: made once, and copied from then on."""
    if app not in _KEPT:
        assert not _has_rows(app), "the scene is set first, and what a test adds comes after it"
        _KEPT[app] = Scene(app), Snapshot(app, "scene")
    made, snapshot = _KEPT[app]
    snapshot.restore()
    found = copy(made)
    # Her first token is of then.
    found.alice = Person(app.test_client(), "alice", "user")
    return found


def _has_rows(app: Flask) -> bool:
    with app.app_context(), transaction() as session:
        return bool(session.scalar(text("SELECT EXISTS (SELECT FROM interactions)")))


class Scene:
    """A conversation with answers, feedback on them in every state, an entry, a job and more."""

    def __init__(self, app: Flask) -> None:
        client = app.test_client()
        self.app = app
        self.alice = Person(client, "alice", "user")
        vera, adam = Person(client, "vera", "validator"), Person(client, "adam", "admin")
        interaction = self.alice.interaction(title="Alice's own")
        self.interaction_id = interaction["id"]
        rated, judged, unrated = (self.answer(f"question {number}") for number in range(3))
        self.prompt_id, self.response_id = rated["prompt"]["id"], rated["response"]["id"]
        compared = self.answer("question 3")
        self.compared_id = compared["prompt"]["id"]
        other = created(self.alice.post(f"/prompts/{self.compared_id}/responses", {}))
        self.ranking = [[compared["response"]["id"]], [other["id"]]]
        self.unrated_id = unrated["response"]["id"]
        first = rated["response"]["content"][:1]
        self.span = {
            "start": 0, "end": 1, "text": first, "dimension_id": "clarity", "note": "A word.",
        }  # fmt: skip
        self.feedback_id = self.alice.feedback(self.response_id)["id"]
        decided = self.alice.feedback(judged["response"]["id"])
        self.decided_feedback_id = decided["id"]
        self.entry_id = vera.verdict(decided["id"])["dataset_entry_id"]
        self.dimension_id = created(adam.post("/dimensions", {"name": f"d-{uuid4().hex}"}))["id"]
        # Sent back, rejected, and leased to Vera: each for what can only be done to such.
        self.returned_id = self.rated("returned")
        self.judge(vera, self.returned_id, verdict="returned", notes="Which source?")
        self.rejected_id = self.rated("rejected")
        self.judge(vera, self.rejected_id, is_valid=False)
        self.gold_id = self.known(adam)
        self.lease_token = leased(vera, self.rated("urgent", flag="Look at this first."))
        self.job_id, self.signal_id = failed_job(app, "alice"), seen_signal(app)
        self.served_id = f"acme/m-{uuid4().hex}"
        created(adam.post("/models", {"model_id": self.served_id, **_SERVED}))

    @cached_property
    def version_id(self) -> str:
        """A frozen version, made for who asks: freezing takes as long as all the rest."""
        adam = Person(self.app.test_client(), "adam", "admin")
        frozen: str = freeze_now(self.app, adam)["id"]
        return frozen

    def answer(self, content: str) -> dict[str, Any]:
        """Ask once more in Alice's conversation."""
        path = f"/interactions/{self.interaction_id}/prompts"
        return created(self.alice.post(path, {"content": content}))

    def rated(self, content: str, **body: Any) -> str:
        """Ask once more, rate the answer, and return the feedback's id."""
        feedback_id: str = self.alice.feedback(self.answer(content)["response"]["id"], **body)["id"]
        return feedback_id

    def known(self, admin: Person) -> str:
        """Rate an answer, mark that as gold, and return the feedback's id."""
        feedback_id = self.rated("known")
        assert admin.put(f"/validation/gold/{feedback_id}", _KNOWN).status_code == 200
        return feedback_id

    def judge(self, judge: Person, feedback_id: str, **said: Any) -> None:
        """Give a verdict."""
        created(judge.post(f"/validation/feedback/{feedback_id}", said))

    @property
    def ids(self) -> dict[str, str]:
        """What stands in paths, by the names that the routes give the parts."""
        return {
            "interaction_id": self.interaction_id,
            "prompt_id": self.prompt_id,
            "response_id": self.response_id,
            "message_id": self.prompt_id,
            "feedback_id": self.feedback_id,
            "dimension_id": self.dimension_id,
            "entry_id": self.entry_id,
            "job_id": self.job_id,
            "signal_id": self.signal_id,
            "model_id": MODEL,
            "token": self.lease_token,
            "name": "start.js",
            "user_id": self.alice.name,
        }

    def _of_its_own(self, route: str) -> dict[str, str]:
        """Return the ids that stand in some routes for what others have changed by then."""
        if " /models" in route or " /v1/models" in route:
            return {"model_id": self.served_id}
        if "/gold/" in route:
            return {"feedback_id": self.gold_id}
        feedback = {
            "withdraw": self.returned_id,
            "resubmit": self.returned_id,
            "appeal": self.rejected_id,
            "decision": self.decided_feedback_id,
        }
        found = feedback.get(route.rsplit("/", 1)[1])
        return {"feedback_id": found} if found else {}

    def request(self, route: str, **ids: str) -> Request:
        """Return a request to ``METHOD rule``; ``ids`` replace parts of the path."""
        method, rule = route.split(" ", 1)
        known = {**self._of_its_own(route), **ids}
        path = _PART.sub(lambda part: known.get(part[1]) or self.id_of(part[1]), rule)
        lines = self._lines().get(route)
        headers = {"If-Match": "*"} if method == "PATCH" else {}
        return Request(method, path, self._body(route), _QUERIES.get(route, {}), lines, headers)

    def id_of(self, name: str) -> str:
        """Return what stands in paths under a name that the routes give."""
        return self.version_id if name in _VERSIONS else self.ids[name]

    def _lines(self) -> dict[str, bytes]:
        """Return the lines of imports."""
        given = {**_FEEDBACK, "external_id": "given-1", "response_id": self.unrated_id}
        return {
            "POST /interactions/import": _LINES,
            "POST /feedback/import": json.dumps({**given, "user_id": "carol"}).encode(),
        }

    def _body(self, route: str) -> dict[str, Any] | None:
        """Return a body with every field that the route takes."""
        rated = {**_FEEDBACK, "spans": [self.span]}
        comparison = dict.fromkeys(("chosen_response_id", "rejected_response_id", "verdict"))
        new_name = f"d-{uuid4().hex}"
        made = {
            "POST /feedback": {**rated, "response_id": self.unrated_id},
            "PATCH /feedback/<uuid:feedback_id>": rated,
            "POST /feedback/preferences": {
                "prompt_id": self.compared_id, "ranking": self.ranking, **comparison,
            },
            "PUT /prompts/<uuid:prompt_id>/choice": {"response_id": self.response_id},
            "POST /dimensions": {**_DIMENSION, "name": new_name, "model_id": MODEL},
            "PUT /dimensions/<uuid:dimension_id>": {
                **_DIMENSION, "name": new_name, "mapping": _MAPPING,
            },
            "POST /models": {**_SERVED, "model_id": f"acme/m-{uuid4().hex}"},
        }  # fmt: skip
        if route in made:
            return made[route]
        body = _BODIES.get(route)
        own = {"metadata": {"interaction_id": self.interaction_id}} if body is _COMPLETION else {}
        return {**body, **own} if body else None


def leased(judge: Person, feedback_id: str) -> str:
    """Have feedback handed out, whatever else comes by lot, and return the lease's token."""
    while True:
        work = judge.post("/validation/next", {}).json
        token: str = work["lease"]["token"]
        if work["feedback"]["id"] == feedback_id:
            return token
        judge.delete(f"/validation/leases/{token}")


def seen_signal(app: Flask) -> str:
    """Make a signal that nobody has looked at."""
    moment = clock.now()
    signal = Signal(
        kind="burst", key=uuid4().hex, people=["mallory"], evidence={"count": 42},
        first_seen=moment, last_seen=moment,
    )  # fmt: skip
    with app.app_context(), transaction() as session:
        session.add(signal)
        session.flush()
        return str(signal.id)


def failed_job(app: Flask, user: str) -> str:
    """Make a job of somebody's that has failed and can be begun once more."""
    arguments = {"user_id": user, "feedback_id": str(uuid4()), "status": "validated"}
    queue = app.extensions["remotes"].queue
    with app.app_context(), transaction() as session:
        job = jobs.begin(
            session, queue=queue, kind="contributions.tell", user_id=user, arguments=arguments
        )
        jobs.fail(session, job_id=job.id, code="unavailable", message="nobody answered")
    return str(job.id)


_DIMENSION = {
    "description": "Is it friendly?",
    "scale": {"type": "numeric", "min": 0, "max": 10, "step": 0.5},
    "required": False,
    "weight": 2.5,
    "order": 7,
    "guidance": "Think of a stranger.",
    "anchors": [{"score": 0.5, "text": "Rude."}],
}
_MAPPING = {"type": "table", "table": [{"from": 1, "to": 2}]}
_SERVED = {
    "provider": "model_service",
    "enabled": True,
    "settings": {"chat_by_query": False},
    "fallbacks": [MODEL],
    "context_tokens": 2048,
    "max_concurrency": 4,
}
_FEEDBACK = {
    "dimension_ratings": [
        {
            "dimension_id": "accuracy",
            "score": 4,
            "justification": "Mostly right.",
            "correct_response": "All of it right.",
            "cannot_judge": False,
            "cannot_judge_reason": None,
        }
    ],
    "overall_comment": "Good in all.",
    "rating": "like",
    "correction": "Better so.",
    "flag": {"reason": "other", "note": "Look at this."},
    "cannot_judge": False,
    "cannot_judge_reason": None,
}
_PARAMETERS = {
    "max_new_tokens": 16,
    "max_length": 64,
    "temperature": 0.5,
    "top_k": 40,
    "top_p": 0.9,
    "repetition_penalty": 1.1,
}
_COMPLETION = {
    "model": MODEL,
    "messages": [
        {
            "role": "user",
            "content": [{"type": "text", "text": "What is it good for?"}],
            "name": "alice",
            "tool_call_id": "call_1",
            "tool_calls": [{"id": "call_1"}],
        }
    ],
    "stream": False,
    "stream_options": {"include_usage": True},
    "n": 1,
    "stop": ["."],
    "max_tokens": 16,
    "max_completion_tokens": 16,
    "temperature": 0.5,
    "top_p": 0.9,
    "presence_penalty": 0.1,
    "frequency_penalty": 0.1,
    "seed": 1,
    "tools": [{"type": "function"}],
    "tool_choice": {"type": "function"},
    "response_format": {"type": "text"},
    "user": "alice",
}
_KNOWN = {"is_valid": False, "notes": "The year is wrong."}
_BODIES: dict[str, dict[str, Any]] = {
    "POST /v1/chat/completions": _COMPLETION,
    "PUT /models/<path:model_id>": _SERVED,
    "POST /interactions": {
        "model_id": MODEL,
        "model_version": "1.0",
        "title": "A title",
        "system_prompt": "Be brief.",
        "prompt": "Be brief.",
        "role": "system",
        "settings": {"temperature": 0.5},
        "metadata": {"source": "tests"},
        "training_consent": True,
    },
    "PUT /interactions/<uuid:interaction_id>": {
        "status": "active",
        "title": "Another title",
        "system_prompt": "Be long.",
        "settings": {"temperature": 0.7},
        "metadata": {"source": "tests"},
        "training_consent": False,
    },
    "POST /interactions/<uuid:interaction_id>/prompts": {
        "content": "What is machine learning?",
        "context": "A lesson.",
        "parameters": _PARAMETERS,
        "stream": False,
        "n": 1,
    },
    "POST /interactions/<uuid:interaction_id>/chat": {
        "message": {"role": "user", "content": "And what is it good for?"},
        "system_prompt": "Be brief.",
        "parameters": _PARAMETERS,
        "stream": False,
        "n": 1,
    },
    "POST /prompts/<uuid:prompt_id>/responses": {
        "model_id": MODEL,
        "parameters": _PARAMETERS,
        "stream": False,
    },
    "POST /interactions/<uuid:interaction_id>/messages": {
        "role": "user",
        "content": "And what is it good for?",
        "system_prompt": "Be brief.",
        "parameters": _PARAMETERS,
        "stream": False,
    },
    "POST /validation/feedback/<uuid:feedback_id>": {
        "is_valid": True,
        "verdict": "valid",
        "notes": "Well said.",
        "correction": "Better so.",
        "dimension_verdicts": [
            {
                "dimension_id": "accuracy",
                "is_valid": False,
                "notes": "Higher.",
                "correct_score": 5,
            }
        ],
        "lease_token": None,
        "feedback_version": None,
    },
    "POST /validation/next": {"model_id": MODEL},
    "POST /validation/signals/<uuid:signal_id>/dismiss": {"note": "They were trained then."},
    "PUT /validation/gold/<uuid:feedback_id>": _KNOWN,
    # As without it, so that whoever comes next meets the rules that everybody expects.
    "PUT /validation/policies/<path:model_id>": asdict(Rules()),
    "PUT /privacy/policies/<path:model_id>": {
        "pii": "off",
        "texts_days": 36500,
        "raw_days": None,
        "chunks_days": None,
    },
    "POST /dataset/model/<path:model_id>/versions": {
        "name": "November",
        "selection": {
            "model_version": "1.0",
            "since": "2026-01-01T00:00:00Z",
            "until": "2100-01-01T00:00:00+02:00",
            "min_score": {"accuracy": 0.5},
            "min_agreement": 0.5,
            "min_raters": 1,
            "language": "en",
            "tags": ["billing"],
            "intent": "complaint",
            "preferences": "exclude",
        },
        "splits": {"train": 0.8, "validation": 0.1, "test": 0.1, "seed": 1, "people": "owners"},
    },
    "POST /feedback/<uuid:feedback_id>/decision": {"is_valid": False, "notes": "It is wrong."},
    "POST /feedback/<uuid:feedback_id>/appeal": {"reason": "It is right."},
}
_LINES = (
    b'{"id":"elsewhere-1","title":"Basics","messages":[{"role":"user","content":"What is it?"},'
    b'{"role":"assistant","content":"A thing."}]}\n'
)
_PAGE = {"limit": "10"}
_PERIOD = {"from": "2026-01-01", "to": "2028-01-01", "model_id": MODEL, "format": "json"}
_SELECTION = {
    "model_version": "1.0",
    "since": "2026-01-01T00:00:00Z",
    "until": "2100-01-01T00:00:00+02:00",
    "min_score": "accuracy:0.5,clarity:1",
    "min_agreement": "0.5",
    "min_raters": "1",
    "min_reliability": "0.5",
    "language": "en",
    "tags": "billing,urgent",
    "intent": "complaint",
    "preferences": "exclude",
}
_SHAPED = {**_SELECTION, "shape": "sft", "threshold": "0.8", "margin": "0.25", "turns": "text"}
_QUERIES: dict[str, dict[str, str]] = {
    "GET /interactions": {**_PAGE, "status": "active", "model_id": MODEL},
    "GET /interactions/<uuid:interaction_id>/history": _PAGE,
    "GET /interactions/<uuid:interaction_id>/messages": _PAGE,
    "GET /interactions/<uuid:interaction_id>/replay": {"at": "2100-01-01T00:00:00Z"},
    "GET /prompts/<uuid:prompt_id>/responses": _PAGE,
    "GET /feedback/user": {**_PAGE, "status": "pending"},
    "GET /feedback/pending": {**_PAGE, "model_id": MODEL},
    "GET /feedback/wanted": {**_PAGE, "model_id": MODEL},
    "GET /validation/priority": {"model_id": MODEL},
    "GET /feedback/tied": _PAGE,
    "GET /validation/gold": _PAGE,
    "GET /validation/reliability": {**_PAGE, "user_id": "vera", "dimension": "overall"},
    "GET /users/me/reliability": {**_PAGE, "dimension": "overall"},
    "GET /validation/contradictions": _PAGE,
    "GET /validation/kappas": {**_PAGE, "dimension": "overall"},
    "GET /validation/signals": {**_PAGE, "status": "open", "kind": "burst"},
    "GET /feedback/response/<uuid:response_id>": _PAGE,
    "GET /feedback/preferences": _PAGE,
    "GET /feedback/<uuid:feedback_id>/revisions": _PAGE,
    "GET /validation/feedback/<uuid:feedback_id>": _PAGE,
    "GET /dimensions/model/<path:model_id>": {**_PAGE, "archived": "false"},
    "GET /dimensions/<uuid:dimension_id>/versions": _PAGE,
    "GET /insights/volumes": {**_PERIOD, "by": "day"},
    "GET /insights/scores": {**_PERIOD, "by": "total"},
    "GET /insights/agreement": {**_PERIOD, "part": "pairs"},
    "GET /insights/time-to-verdict": {**_PERIOD, "by": "month"},
    "GET /insights/backlog": _PERIOD,
    "GET /insights/retention": _PERIOD,
    "GET /insights/dimensions": _PERIOD,
    "GET /users/me/points": _PAGE,
    "GET /users/leaderboard": {**_PAGE, "period": "week"},
    "GET /dataset/model/<path:model_id>": {**_PAGE, **_SELECTION},
    "GET /dataset/model/<path:model_id>/export": {
        **_SHAPED,
        "format": "jsonl",
        "compress": "gzip",
    },
    "GET /dataset/preview/<path:model_id>": _SHAPED,
    "GET /dataset/model/<path:model_id>/versions": _PAGE,
    "GET /dataset/versions/<uuid:version_id>/export": {
        "shape": "sft",
        "threshold": "0.8",
        "margin": "0.25",
        "turns": "text",
        "format": "jsonl",
        "compress": "gzip",
        "split": "train",
    },
    "GET /dataset/versions/<uuid:version_id>/diff/<uuid:other_id>": _PAGE,
    "GET /jobs": {**_PAGE, "status": "failed", "kind": "contributions.tell"},
    "POST /interactions/import": {"model_id": MODEL, "training_consent": "true"},
    "POST /feedback/import": {
        "format": "jsonl",
        "dimension": "accuracy",
        "model_id": MODEL,
        "user_id": "carol",
    },
    "GET /events": {"limit": "10", "type": "add_message"},
}


def routes(app: Flask) -> list[str]:
    """Return every route of the application as ``METHOD rule``, from its URL map."""
    return sorted(
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
    )
