"""What the OpenAPI document says of operations beside their schemas: headers and problems."""

from collections.abc import Callable, Collection
from copy import deepcopy
from inspect import getdoc
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask
from flask_smorest.utils import resolve_schema_instance
from marshmallow.fields import Field, Integer
from werkzeug.http import HTTP_STATUS_CODES

from app.api import openai_errors
from app.api.document_parts import HEADERS, PARAMETERS, PROBLEMS, REQUEST_ID, SECURITY, Problem
from app.api.schemas.completions import OpenAIErrorOut
from app.api.schemas.problem import ProblemOut


class _SchemaConverter(OpenAPIConverter):
    """Describes a schema also by its docstring and by the rules that tie its fields."""

    def init_attribute_functions(self) -> None:
        super().init_attribute_functions()  # type: ignore[no-untyped-call]
        self.attribute_functions.append(self.one_of_schemas)

    def one_of_schemas(self, field: Any, **_: Any) -> dict[str, Any]:
        """Describe a field that takes one of several forms, the ``schemas`` of its metadata."""
        forms = [self._form(one) for one in field.metadata.get("schemas", ())]
        return {"oneOf": forms} if forms else {}

    def _form(self, given: Any) -> Any:
        if isinstance(given, dict):
            return given
        resolve: Callable[[Any], Any] = self.resolve_nested_schema
        if isinstance(given, Field):
            resolve = self.field2property
        return resolve(given)

    def schema2jsonschema(self, schema: Any) -> dict[str, Any]:
        made: dict[str, Any] = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]
        # Docstrings mark names as reStructuredText does, the document as Markdown does.
        said = getdoc(type(resolve_schema_instance(schema))) or ""
        made["description"] = said.replace("``", "`")
        return made | getattr(schema, "TIED", {})


class SchemaPlugin(MarshmallowPlugin):
    """apispec's plugin with this service's way of describing schemas."""

    Converter = _SchemaConverter


def register(spec: APISpec) -> None:
    """Put what operations share into the document, and the routes that show it."""
    for name, scheme in SECURITY.items():
        spec.components.security_scheme(name, scheme)
    spec.components.schema("Problem", schema=ProblemOut)
    for name, header in HEADERS.items():
        spec.components.header(name, header)
    for name, parameter in PARAMETERS.items():
        spec.components.parameter(name, "header", {"required": False, **parameter})
    spec.components.schema("OpenAIError", schema=OpenAIErrorOut)
    for status, problem in PROBLEMS.items():
        spec.components.response(_name(status), _response(status, problem))
        spec.components.response(f"OpenAI{_name(status)}", _openai_response(status, problem))


def show(
    app: Flask, spec: APISpec, endpoint: str, *, summary: str, content_type: str, kind: str
) -> None:
    """Put a public route that is no operation of a noun into the document."""
    answer = {
        "description": "OK",
        "headers": references("X-Request-ID"),
        "content": {content_type: {"schema": {"type": kind}}},
    }
    operation = {
        "summary": summary,
        "operationId": endpoint.replace(".", "_"),
        "tags": ["operations"],
        "security": [],
        "responses": {200: answer},
    }
    rule = next(app.url_map.iter_rules(endpoint))
    spec.path(rule=rule, operations={"get": operation})


def describe(
    view: Any, *, method: str, statuses: Collection[int], is_public: bool, form: str = ""
) -> None:
    """Add to a view's documentation what follows from how it is declared.

    ``form`` stands before the names of its errors.
    """
    documented: dict[str, Any] = deepcopy(getattr(view, "_apidoc", {}))
    told = _told_by_arguments(documented)
    statuses = {*statuses, *(told if not form else ())}
    own = documented.setdefault("manual_doc", {})
    own["operationId"] = view.__name__
    own["security"] = [] if is_public else [{"bearer": []}, {"api_key": []}]
    own["responses"] = {status: form + _name(status) for status in sorted(statuses)}
    if method == "POST":
        add_parameter(documented, "Idempotency-Key")
        for status in documented.get("success_status_codes", ()):
            own["responses"][status] = {"headers": references("Idempotent-Replayed")}
    if 412 in statuses:
        add_parameter(documented, "If-Match")
    view._apidoc = documented  # noqa: SLF001  # Read by flask-smorest.


def answer_headers(schema: Any) -> dict[str, Any]:
    """Return the headers of an answer in the form of ``schema``."""
    fields = getattr(resolve_schema_instance(schema), "fields", {})
    # That of the service is a text, and none of a resource.
    is_versioned = isinstance(fields.get("version"), Integer)
    return references("X-Request-ID", *(("ETag",) if is_versioned else ()))


def references(*headers: str) -> dict[str, Any]:
    """Return references to headers of the document."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in headers}


def add_parameter(documented: dict[str, Any], name: str) -> None:
    """Add a parameter of the document to those that the view's own arguments are."""
    documented.setdefault("arguments", {}).setdefault("parameters", []).append(name)


def takes_json(view: Any) -> bool:
    """Say whether a view has declared a body."""
    arguments = getattr(view, "_apidoc", {}).get("arguments", {})
    parameters = (one for one in arguments.get("parameters", ()) if isinstance(one, dict))
    return any(one["in"] == "json" for one in parameters)


def _told_by_arguments(documented: dict[str, Any]) -> set[int]:
    """Take flask-smorest's own word on what does not fit a schema, which has no body."""
    arguments = documented.get("arguments", {})
    return set(arguments.pop("responses", {}))


def _name(status: int) -> str:
    return HTTP_STATUS_CODES[status].replace(" ", "")


def _response(status: int, problem: Problem) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    example = _example(status, problem)
    return {
        "description": problem.meaning,
        "headers": references("X-Request-ID", *problem.headers),
        "content": {"application/problem+json": {"schema": schema, "example": example}},
    }


def _openai_response(status: int, problem: Problem) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/OpenAIError"}
    example = openai_errors.body(_example(status, problem))
    return {
        "description": problem.meaning,
        "headers": references("X-Request-ID", *problem.headers),
        "content": {"application/json": {"schema": schema, "example": example}},
    }


def _example(status: int, problem: Problem) -> dict[str, Any]:
    return {
        "type": f"urn:problem:{problem.code}",
        "title": HTTP_STATUS_CODES[status],
        "status": status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": REQUEST_ID,
        **problem.data,
    }
