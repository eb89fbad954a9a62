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
from tests.contracts.names import NAMED, NAMED_AT
from tests.contracts.streams import event_of

_SEED = 20261121
_REQUEST_SECONDS = 60
_STREAM_SECONDS = 10
_MODEL_FAILURES = [502, 503, 504]
# What may come first, whatever else is asked: it is not for this person, not there, not in
# the state or version for it.
_REFUSALS = [401, 403, 404, 409, 412, 428, *_MODEL_FAILURES]
_ANSWERS = ["2xx", "3xx", "4xx", *_MODEL_FAILURES]
_ASKING = [
    "/interactions/{interaction_id}/prompts",
    "/interactions/{interaction_id}/chat",
    "/prompts/{prompt_id}/responses",
    "/v1/chat/completions",
]
_FOLLOWING = ["/interactions/{interaction_id}/messages", "/responses/{response_id}/stream"]
# Lines that are no conversations are refused in the report, not by a status.
_REPORTING = ["/interactions/import", "/feedback/import"]
# What is well formed and still refused, because no schema can say it: the field that is
# named and what is said of it.
_BEYOND_SCHEMAS = (
    # Cursors are opaque, and each list has its own.
    (r"cursor", r"expected a next_cursor of this list"),
    (r"at|since|until", r"expected an ISO 8601 time with its zone"),
    # A date has its calendar, and a period a beginning, an end and a length.
    (r"from|to", r"expected a (date|period)"),
    # The scale of the dimension says which scores there are, and one goes by two names.
    (r"dimension_ratings\.(\d+\.(dimension_id|score)|_schema)", r"no dim|expected|rated"),
    (r"(dimension_ratings\.\d+\.)?cannot_judge(_reason)?", r"expected"),
    # Answers that are compared are several and different ones, to the prompt that is named.
    (r"ranking|verdict|(chosen|rejected)_response_id", r"expected|not beside"),
    # What a span points at stands there or not.
    (r"spans\.\d+\.(end|text|dimension_id)", r"expected|no dim"),
    (r"anchors(\.\d+\.score)?|mapping.*", r"expected"),
    (r"scale\.(max|step)", r"expected"),
    # A verdict is about what the feedback rates.
    (r"dimension_verdicts.*", r"expected|no dim"),
    # A conversation is named once, or twice alike.
    (r"metadata\.interaction_id", r"expected what X-Interaction-ID names"),
    # What passes through to a model is bounded as well, and a stream has one answer.
    (r"n", r"must be 1"),
    (r".*", r"NUL|as a key"),
    (r"(messages|tools|tool_choice|response_format).*", r"expected at most"),
    # Free-form objects are bounded, and so are the names and characters in them.
    (r"(settings|metadata)(\..*)?", r"NUL|as a key|expected at most"),
    # The provider says which settings a model has, and a model does not stand in for itself.
    (r"settings\..*", r"unknown field|is required|must"),
    (r"fallbacks", r"expected other models"),
    # Which responses there are to a prompt, the service alone knows.
    (r"response_id", r"expected a response to this prompt"),
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
    schema.hook("map_case")(_naming_one_conversation)
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
        "parameters": NAMED,
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
            # It waits for its turn where an erasure holds the rows, and not for long.
            {
                "include-path": ["/feedback", "/feedback/preferences"],
                "checks": {"not_a_server_error": {"expected-statuses": ["2xx", "4xx", 503]}},
            },
            # A background answer may take as long as the model side is away.
            {"include-path": _FOLLOWING, "request-timeout": _STREAM_SECONDS},
            *({"include-path": [path], "parameters": named} for path, named in NAMED_AT.items()),
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

    Ids in examples of bodies are exchanged for ones that exist, and texts that are events
    for what each event is.
    """
    closed = deepcopy(document)
    for schema in closed["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    for item in closed["paths"].values():
        body = item.get("post", {}).get("requestBody", {"content": {}})
        for content in body["content"].values():
            if isinstance(content["example"], dict):
                content["example"] |= _existing(content["example"], known)
    for path, content in _answers(closed):
        if "text/event-stream" in content:
            content["text/event-stream"]["schema"] = event_of(path)
    return closed


def _existing(example: dict[str, Any], known: KnownThings) -> dict[str, Any]:
    if "ranking" in example:
        prompt_id, *answers = known["compared"]
        return {"prompt_id": prompt_id, "ranking": [[one] for one in answers]}
    return {"response_id": known["response"][0]} if "response_id" in example else {}


def _answers(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in item.keys() & {"get", "post"}:
            told = item[method]["responses"].values()
            yield from ((path, one.get("content", {})) for one in told)


def _with_own_key(_: Any, case: Any) -> Any:
    """Make an Idempotency-Key follow from the body, so that only true repeats are repeats."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch(r"[!-~]{1,255}", key):
        asked = [case.path, case.path_parameters, case.body]
        text = json.dumps(asked, default=repr, sort_keys=True)
        case.headers["Idempotency-Key"] = hashlib.sha256(text.encode()).hexdigest()
    return case


def _naming_one_conversation(_: Any, case: Any) -> Any:
    """Leave the header out where the body names a conversation as well."""
    metadata = case.body.get("metadata") if isinstance(case.body, dict) else None
    if case.headers and isinstance(metadata, dict) and "interaction_id" in metadata:
        case.headers.pop("X-Interaction-ID", None)
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
