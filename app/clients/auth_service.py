"""The Auth Service: whether it accepts a token, and what a person may do."""

import hashlib
from typing import Protocol

from app.clients.http import path_segment
from app.clients.neighbour import Neighbour

_REFUSED = frozenset({401, 403})


class AuthService(Protocol):
    """Refines what a token says; None where it has nothing to say."""

    def is_valid(self, token: str) -> bool | None:
        """Say whether the token is accepted, None when nobody knows."""
        ...

    def answers(self) -> bool:
        """Say whether the service is there."""
        ...

    def permissions(self, user_id: str, token: str) -> list[str] | None:
        """Return the person's permissions, None when nobody knows."""
        ...


class NoAuthService:
    """Where none is configured the token's claims decide."""

    def is_valid(self, token: str) -> None:  # noqa: ARG002
        """Know nothing."""
        return

    def permissions(self, user_id: str, token: str) -> None:  # noqa: ARG002
        """Know nothing."""
        return

    def answers(self) -> bool:
        """Say that nobody is there."""
        return False


class HttpAuthService:
    """Asks the Auth Service over HTTP, with the person's own token."""

    def __init__(self, neighbour: Neighbour) -> None:
        self._neighbour = neighbour

    def is_valid(self, token: str) -> bool | None:
        """Ask whether the token is accepted; remembered under the token's hash."""
        digest = hashlib.sha256(token.encode()).hexdigest()
        return self._neighbour.remembered(f"token:{digest}", lambda: self._validate(token))

    def permissions(self, user_id: str, token: str) -> list[str] | None:
        """Ask what the person may do."""
        return self._neighbour.remembered(
            f"permissions:{user_id}", lambda: self._permissions(user_id, token)
        )

    def answers(self) -> bool:
        """Ask whether the service is there."""
        return self._neighbour.answers()

    def _validate(self, token: str) -> bool | None:
        reply = self._neighbour.ask(
            "GET", "/api/auth/validate-jwt", headers={"Authorization": f"Bearer {token}"}
        )
        if reply is None:
            return None
        if reply.status in _REFUSED:
            return False
        success = reply.json_object().get("success") if reply.ok else None
        return success if isinstance(success, bool) else None

    def _permissions(self, user_id: str, token: str) -> list[str] | None:
        try:
            path = f"/api/roles/user/{path_segment(user_id)}/permissions"
        except ValueError:
            return None
        headers = {"Authorization": f"Bearer {token}"}
        reply = self._neighbour.ask("GET", path, headers=headers)
        body = reply.json_object() if reply and reply.ok else {}
        listed = body.get("permissions")
        if body.get("success") is not True or not isinstance(listed, list):
            return None
        return [name for name in listed if isinstance(name, str)]
