"""The people of the tests, and what they do over HTTP."""

import time
from collections.abc import Iterator
from typing import Any

import jwt
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.model_side import MODEL

SECRET = "tests-only-0123456789-abcdefghij-KLMNOP"


def token(user: str = "alice", roles: Any = ("user",), secret: str = SECRET, **claims: Any) -> str:
    """Return a token that the tests' configuration accepts, unless ``claims`` spoil it."""
    whole = {"sub": user, "roles": list(roles), "exp": int(time.time()) + 600, **claims}
    return jwt.encode(
        {name: value for name, value in whole.items() if value is not ...}, secret, "HS256"
    )


class Person:
    """Somebody with a token."""

    def __init__(self, client: FlaskClient, name: str, *roles: str, **claims: Any) -> None:
        self.client = client
        self.name = name
        self.headers = {"Authorization": f"Bearer {token(name, roles, **claims)}"}

    def call(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        headers = {**self.headers, **kwargs.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("GET", path, **kwargs)

    def post(self, path: str, body: Any = None, **kwargs: Any) -> TestResponse:
        return self.call("POST", path, json=body, **kwargs)

    def put(self, path: str, body: Any = None, **kwargs: Any) -> TestResponse:
        return self.call("PUT", path, json=body, **kwargs)

    def patch(self, path: str, body: Any = None, tag: str = "*", **kwargs: Any) -> TestResponse:
        return self.call("PATCH", path, json=body, headers={"If-Match": tag}, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("DELETE", path, **kwargs)

    def read(self, path: str, **query: Any) -> dict[str, Any]:
        """Return the body of a 200."""
        response = self.get(path, query_string=query or None)
        assert response.status_code == 200, (response.status_code, response.text)
        return response.json

    def walk(self, path: str, **query: Any) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages of a list, until there is no next one."""
        while query.get("cursor", "") is not None:
            page = self.read(path, **query)
            yield page.get("items", page.get("messages"))
            query["cursor"] = page["next_cursor"]

    # What people do so often that tests would drown in it.

    def interaction(self, **body: Any) -> dict[str, Any]:
        return created(self.post("/interactions", {"model_id": MODEL, **body}))

    def exchange(self, content: str = "What is machine learning?") -> dict[str, Any]:
        interaction = self.interaction()
        return created(
            self.post(f"/interactions/{interaction['id']}/prompts", {"content": content})
        )

    def response(self) -> dict[str, Any]:
        return self.exchange()["response"]

    def feedback(self, response_id: str | None = None, **body: Any) -> dict[str, Any]:
        response_id = response_id or self.response()["id"]
        body = body or {"dimension_ratings": [{"dimension_id": "accuracy", "score": 4}]}
        return created(self.post("/feedback", {"response_id": response_id, **body}))

    def verdict(self, feedback_id: str, *, is_valid: bool = True, **body: Any) -> dict[str, Any]:
        path = f"/validation/feedback/{feedback_id}"
        return created(self.post(path, {"is_valid": is_valid, **body}))

    def decision(
        self, feedback_id: str, *, is_valid: bool, notes: str = "The source says so."
    ) -> dict[str, Any]:
        path = f"/feedback/{feedback_id}/decision"
        return created(self.post(path, {"is_valid": is_valid, "notes": notes}))


def created(response: TestResponse) -> dict[str, Any]:
    """Return the body of a 201."""
    assert response.status_code == 201, (response.status_code, response.text)
    return response.json


def problem(response: TestResponse, status: int, code: str | None = None) -> dict[str, Any]:
    """Return the problem document and check its form."""
    assert response.status_code == status, (response.status_code, response.text)
    assert response.mimetype == "application/problem+json"
    body = response.json
    assert body["status"] == status
    assert body["request_id"] == response.headers["X-Request-ID"]
    assert {"type", "title", "detail", "code"} <= body.keys()
    if code is not None:
        assert body["code"] == code
    return body
