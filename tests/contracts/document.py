"""Reading an OpenAPI document: references followed, operations and fields by their names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Document:
    """An OpenAPI document."""

    whole: dict[str, Any]

    def operations(self) -> Iterator["Operation"]:
        for path, item in self.whole["paths"].items():
            for method in _METHODS:
                if method in item:
                    yield Operation(self, f"{method.upper()} {path}", item, item[method])

    def resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        """Return what ``part`` stands for."""
        while "$ref" in part:
            found: Any = self.whole
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

    def fields(self, schema: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, bool]]:
        """Yield the path of each field of an object, and whether it must be there."""
        whole = self.resolved(schema)
        whole = self.resolved(whole["items"]) if whole.get("type") == "array" else whole
        for name, field in whole.get("properties", {}).items():
            yield prefix + name, name in whole.get("required", [])
            yield from self.fields(field, f"{prefix}{name}.")

    def standalone(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return ``schema`` with what it refers to, for a validator."""
        return {**schema, "components": self.whole["components"]}


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    document: Document
    call: str
    item: dict[str, Any]
    body: dict[str, Any]

    def statuses(self) -> set[int]:
        return {int(status) for status in self.body["responses"]}

    def answer(self, status: int) -> dict[str, Any]:
        return self.document.resolved(self.body["responses"][str(status)])

    def parameters(self, place: str) -> dict[str, dict[str, Any]]:
        given = (*self.item.get("parameters", []), *self.body.get("parameters", []))
        found = [self.document.resolved(one) for one in given]
        return {one["name"]: one for one in found if one["in"] == place}

    def request(self) -> dict[str, Any]:
        """Return what its JSON body is, empty where it takes none."""
        content: dict[str, Any] = self.body.get("requestBody", {}).get("content", {})
        return content.get("application/json", {})

    def examples(self) -> Iterator[tuple[str, dict[str, Any], Any]]:
        """Yield the name, the schema and the value of each example."""
        if "example" in self.request():
            yield "request", self.request()["schema"], self.request()["example"]
        for status in sorted(self.statuses()):
            for kind in self.answer(status).get("content", {}).values():
                if "example" in kind:
                    yield str(status), kind["schema"], kind["example"]
