"""Schemathesis against a running service: what it is told, and what counts as a fault."""

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema

from tests.contracts.findings import Outcome, outcome_of
from tests.contracts.known_things import KnownThings

_SEED = 20261121
_REQUEST_SECONDS = 60
_MODEL_FAILURES = [502, 503, 504]
# What may come first, whatever else is asked: it is not for this person, not there, not in
# the state or version for it.
_REFUSALS = [401, 403, 404, 409, 412, 428, *_MODEL_FAILURES]
_ANSWERS = ["2xx", "3xx", "4xx", *_MODEL_FAILURES]
_ASKING = [
    "/interactions/{interaction_id}/prompts",
    "/interactions/{interaction_id}/chat",
    "/v1/chat/completions",
]
# Lines that are no conversations are refused in the report, not by a status.
_REPORTING = ["/interactions/import"]
# Which known things a parameter or a field of a body names, and how often.
_NAMES = {
    "path.interaction_id": "interaction",
    "path.response_id": "response",
    "path.message_id": "response",
    "path.feedback_id": "feedback",
    "path.entry_id": "entry",
    "path.dimension_id": "dimension",
    "path.job_id": "job",
    "path.model_id": "model",
    "query.model_id": "model",
    "header.If-Match": "tag",
    "body.model_id": "model",
    "body.model": "model",
    "body.metadata.interaction_id": "interaction",
    "header.X-Interaction-ID": "interaction",
    "body.response_id": "response",
    "body.dimension_ratings[*].dimension_id": "dimension_name",
}
_HOW_OFTEN = 0.75
# What is well formed and still refused, because no schema can say it: the field that is
# named and what is said of it.
_BEYOND_SCHEMAS = (
    # Cursors are opaque, and each list has its own.
    (r"cursor", r"expected a next_cursor of this list"),
    (r"at", r"expected an ISO 8601 time with its zone"),
    # The scale of the dimension says which scores there are, and one goes by two names.
    (r"dimension_ratings\.(\d+\.(dimension_id|score)|_schema)", r"no dim|expected|rated"),
    (r"(dimension_ratings\.\d+\.)?cannot_judge(_reason)?", r"expected"),
    # What a span points at stands there or not.
    (r"spans\.\d+\.(end|text|dimension_id)", r"expected|no dim"),
    (r"scale\.(max|step)", r"expected"),
    # What passes through to a model is bounded as well, and a stream has one answer.
    (r"n", r"must be 1"),
    (r".*", r"NUL|as a key"),
    (r"(messages|tools|tool_choice|response_format).*", r"expected at most"),
    # Free-form objects are bounded, and so are the names and characters in them.
    (r"(settings|metadata)(\..*)?", r"NUL|as a key|expected at most"),
    # The provider says which settings a model has, and a model does not stand in for itself.
    (r"settings\..*", r"unknown field|is required|must"),
    (r"fallbacks", r"expected other models"),
)


@dataclass(frozen=True)
class Persona:
    """Who asks: a token, and that of a peer who must not see the same things.

    ``forbidden`` is what is closed to the person, ``shared`` what is open to others, too.
    """

    token: str
    peer_token: str | None = None
    forbidden: Collection[str] = ()
    shared: Collection[str] = ()

    def authentication(self, folder: Path) -> dict[str, Any]:
        if self.peer_token is None:
            return {"openapi": {"bearer": {"bearer": self.token}}}
        people = {"person": self.token, "peer": self.peer_token}
        path = folder / "people.json"
        path.write_text(json.dumps({"auth": [_with_token(*each) for each in people.items()]}))
        return {"wfc": {"path": str(path), "user": "person", "peers": list(people)}}


@schemathesis.serializer("application/jsonl", "application/x-ndjson", "application/x-jsonlines")
def _as_lines(_: Any, value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def _with_token(name: str, token: str) -> dict[str, Any]:
    return {
        "name": name,
        "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}],
    }


def fuzz(
    url: str,
    *,
    document: dict[str, Any],
    persona: Persona,
    known: KnownThings,
    examples: int,
    thorough: bool,
    folder: Path,
) -> Outcome:
    """Run every phase and every check as ``persona``.

    Unless ``thorough``, what is closed to the persona is only tried now and then, and what it
    shares with others is not covered systematically once more.
    """
    settings = _settings(url, known, examples)
    settings["auth"] = persona.authentication(folder)
    if not thorough:
        settings["operations"] += _less_of(persona)
    config = SchemathesisConfig.from_dict(settings)
    schema = schemathesis.openapi.from_dict(_for_a_test(document, known), config=config)
    schema.hook("map_case")(_with_own_key)
    schema.hook("filter_failure")(_is_fault)
    return outcome_of(from_schema(schema).execute())


def _settings(url: str, known: KnownThings, examples: int) -> dict[str, Any]:
    return {
        "seed": _SEED,
        "base-url": url,
        "request-timeout": _REQUEST_SECONDS,
        "cache": {"enabled": False},
        "continue-on-failure": True,
        # How long data takes to make says more about the machine than about the service.
        "suppress-health-check": ["all"],
        "generation": {
            "max-examples": examples,
            "deterministic": True,
            "database": "none",
            "no-shrink": True,
            # Made-up keys beside the token would only ever meet 401; `ignored_auth` sends its own.
            "with-security-parameters": False,
        },
        "dictionaries": {kind: {"values": values} for kind, values in known.items()},
        "parameters": {
            name: {"dictionary": kind, "probability": _HOW_OFTEN} for name, kind in _NAMES.items()
        },
        # Every other check is on by default; `max_response_time` alone is not, for what it
        # measures is the machine.
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", *_REFUSALS]},
            "negative_data_rejection": {"expected-statuses": [400, 405, 415, 422, *_REFUSALS]},
        },
        "operations": [
            {
                "include-path": _ASKING,
                "checks": {"not_a_server_error": {"expected-statuses": _ANSWERS}},
            },
            {
                "include-path": _REPORTING,
                "checks": {"negative_data_rejection": {"enabled": False}},
            },
        ],
    }


def _less_of(persona: Persona) -> Iterator[dict[str, Any]]:
    uncovered = {"coverage": {"enabled": False}}
    if persona.forbidden:
        few = {"generation": {"max-examples": 2}, "phases": uncovered}
        yield {"include-name": sorted(persona.forbidden), **few}
    if persona.shared:
        yield {"include-name": sorted(persona.shared), "phases": uncovered}


def _for_a_test(document: dict[str, Any], known: KnownThings) -> dict[str, Any]:
    """Return the document with closed answers, where a field it does not name is a fault.

    Ids in examples of bodies are exchanged for ones that exist.
    """
    closed = deepcopy(document)
    for schema in closed["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    for item in closed["paths"].values():
        body = item.get("post", {}).get("requestBody", {"content": {}})
        for content in body["content"].values():
            if "response_id" in content["example"]:
                content["example"]["response_id"] = known["response"][0]
    return closed


def _with_own_key(_: Any, case: Any) -> Any:
    """Make an Idempotency-Key follow from the body, so that only true repeats are repeats."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch(r"[!-~]{1,255}", key):
        asked = [case.path, case.path_parameters, case.body]
        text = json.dumps(asked, default=repr, sort_keys=True)
        case.headers["Idempotency-Key"] = hashlib.sha256(text.encode()).hexdigest()
    return case


def _is_fault(_: Any, failure: Any, __: Any, response: Any) -> bool:
    """Tell a fault from a refusal that the document cannot foretell."""
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code not in {400, 422}:
        return True
    body = response.json()
    said = body.get("error", body).get("errors", {})
    if body.get("error", {}).get("code") == "model_differs":
        return False
    return not (said and all(_is_beyond(name, said[name]) for name in said))


def _is_beyond(name: str, messages: list[str]) -> bool:
    return any(
        re.fullmatch(pattern, name, re.DOTALL)
        and all(re.search(expected, text) for text in messages)
        for pattern, expected in _BEYOND_SCHEMAS
    )
