"""The fields that the OpenAPI document says there are, and how to put something into one."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from flask import Flask

from tests.scene import routes

Path = tuple[str | int, ...]
_HERE = "@@here@@"


@dataclass(frozen=True)
class Field:
    """A place in a body, and what may stand there."""

    path: Path
    kinds: frozenset[str]
    schema: dict[str, Any]

    @property
    def named(self) -> bool:
        """Say whether it is a member of an object, not an item of a list."""
        return isinstance(self.path[-1], str)

    def __str__(self) -> str:
        return ".".join(map(str, self.path))


class Document:
    """The document as served, by the names that routes have in the application."""

    def __init__(self, app: Flask) -> None:
        self.whole = app.test_client().get("/openapi.json").json
        self._named = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route): route for route in routes(app)}

    def operations(self) -> dict[str, dict[str, Any]]:
        """Return each operation under its route; what all methods of a path share is in it."""
        found = {}
        for path, methods in self.whole["paths"].items():
            shared = methods.get("parameters", [])
            for method, operation in methods.items():
                if method != "parameters":
                    parameters = [*shared, *operation.get("parameters", [])]
                    route = self._named[f"{method.upper()} {path}"]
                    found[route] = {**operation, "parameters": parameters}
        return found

    def body_fields(self, route: str) -> list[Field]:
        """Return every field of a route's body, with the fields inside it."""
        body = self.operations()[route].get("requestBody", {"content": {}})
        whole = body["content"].get("application/json")
        return list(self._fields(whole["schema"], ())) if whole else []

    def parameters(self, route: str, place: str) -> dict[str, dict[str, Any]]:
        """Return the schemas of the parameters in ``place`` (query, path, header)."""
        shared = self.whole["components"].get("parameters", {})
        whole = [
            shared[one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one
            for one in self.operations()[route]["parameters"]
        ]
        return {one["name"]: one["schema"] for one in whole if one["in"] == place}

    def answer(self, route: str, status: int) -> dict[str, Any] | None:
        """Return the schema of an answer's JSON, None where the answer is something else."""
        responses = self.operations()[route]["responses"]
        content = responses.get(str(status), {}).get("content", {})
        schema: dict[str, Any] | None = content.get("application/json", {}).get("schema")
        return schema

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema that ``schema`` refers to, or itself."""
        whole = dict(schema)
        # A reference that may be null is "anything that may be null, or the reference".
        choices = whole.pop("anyOf", [])
        whole |= {"nullable": True} if any(one.get("nullable") for one in choices) else {}
        for part in [whole, *whole.get("allOf", []), *choices]:
            if "$ref" in part:
                name = part["$ref"].rsplit("/", 1)[1]
                whole = {**self.whole["components"]["schemas"][name], **whole}
        return whole

    def _fields(self, schema: dict[str, Any], path: Path) -> Iterator[Field]:
        whole = self.resolved(schema)
        variants = [self.resolved(one) for one in whole.get("oneOf", [])] or [whole]
        kinds = {one["type"] for one in variants} | ({"null"} if whole.get("nullable") else set())
        if path:
            yield Field(path, frozenset(kinds), whole)
        for variant in variants:
            for name, inner in variant.get("properties", {}).items():
                yield from self._fields(inner, (*path, name))
            if variant["type"] == "array":
                yield from self._fields(variant["items"], (*path, 0))


def plant(body: dict[str, Any], path: Path, raw: bytes) -> bytes:
    """Return the body as JSON with ``raw`` where the field is; the field must be there."""
    changed = deepcopy(body)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]]  # Raises where the body has no such field.
    place[path[-1]] = _HERE
    return json.dumps(changed).encode().replace(json.dumps(_HERE).encode(), raw)
