"""Authentication by default: who is asking, by bearer token or API key."""

from typing import Any

from flask import Flask, current_app, g, request

from app.api import limits, openai_errors
from app.api.blueprint import PUBLIC
from app.api.context import config, remotes
from app.api.tokens import verified_claims
from app.clients.remotes import Remotes
from app.db import transaction
from app.domain.access import Permission, Principal, Role, principal_of
from app.errors import Forbidden, InvalidToken, Unauthenticated
from app.services import api_keys

# Routes of libraries, which cannot declare it themselves.
_PUBLIC_ENDPOINTS = frozenset({"docs.openapi", "docs.page", "docs.asset"})
_LONGEST_TOKEN = 8192
_LONGEST_SUBJECT = 255
_ROLES = frozenset(Role)
_EXPERT_AREA = {"name": "validation", "level": "EXPERT"}


def register(app: Flask) -> None:
    """Ask every request for its principal, before anything reads its body."""
    app.before_request(_authenticate)


def _authenticate() -> None:
    """Set ``g.principal`` or refuse; a route that declares nothing is closed."""
    if request.endpoint is None or request.endpoint in _PUBLIC_ENDPOINTS:
        return
    view = current_app.view_functions[request.endpoint]
    needed = getattr(view, "permission", None)
    if needed == PUBLIC:
        return
    if not isinstance(needed, Permission):
        raise Forbidden("this route is not open to anybody")
    try:
        g.principal = _principal(needed)
    except Unauthenticated:
        limits.count_stranger()
        raise
    if not g.principal.can(needed):
        raise Forbidden(f"this needs the permission {needed.value}", needed=needed.value)


def _principal(needed: Permission) -> Principal:
    bearer = request.headers.get("Authorization")
    key = request.headers.get("X-API-Key")
    # Two proofs at once could name two people, and each part of the code believe another.
    if bearer is not None and key is not None:
        raise Unauthenticated("send a bearer token or an X-API-Key, not both")
    if key is not None:
        return _of_key(key)
    if bearer is None:
        raise Unauthenticated("send Authorization: Bearer <token> or X-API-Key")
    # Clients of OpenAI's have one place for whatever proves who they are.
    if openai_errors.is_wanted() and _proof(bearer).startswith(api_keys.PREFIX):
        return _of_key(_proof(bearer))
    return _of_token(bearer, needed)


def _of_key(key: str) -> Principal:
    with transaction() as session:
        found = api_keys.principal_for(session, key=key)
    if found is None:
        raise Unauthenticated("the API key is unknown or revoked")
    return found


def _of_token(header: str, needed: Permission) -> Principal:
    token = _proof(header)
    found = _principal_of(verified_claims(token, config(), remotes().keys))
    return _asked_of_neighbours(found, token, needed)


def _proof(header: str) -> str:
    """Return what an Authorization header shows."""
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("expected Authorization: Bearer <token>")
    if len(token) > _LONGEST_TOKEN:
        raise InvalidToken(f"expected a token of at most {_LONGEST_TOKEN} characters")
    return token


def _principal_of(claims: dict[str, Any]) -> Principal:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not _is_printable(subject):
        raise InvalidToken(f"expected a sub of 1 to {_LONGEST_SUBJECT} printable characters")
    roles = claims.get("roles", claims.get("role"))
    listed = [roles] if isinstance(roles, str) else roles
    if not isinstance(listed, list) or not any(role in _ROLES for role in _texts(listed)):
        raise Forbidden("expected a role out of user, validator, admin", code="no_role")
    extra = claims.get("permissions")
    return principal_of(
        subject=subject,
        roles=_texts(listed),
        extra=_texts(extra if isinstance(extra, list) else []),
    )


def _texts(values: list[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _is_printable(subject: str) -> bool:
    return 0 < len(subject) <= _LONGEST_SUBJECT and subject.isprintable() and bool(subject.strip())


def _asked_of_neighbours(found: Principal, token: str, needed: Permission) -> Principal:
    """Let the Auth and User services refine the claims; while they are down the claims decide."""
    remote = remotes()
    if remote.auth_service.is_valid(token) is False:
        raise InvalidToken("the Auth Service does not accept the token", code="token_revoked")
    permissions = remote.auth_service.permissions(found.id, token) or []
    if not found.can(needed) and _is_expert(remote, found.id):
        found = principal_of(
            subject=found.id,
            roles={*found.roles, Role.VALIDATOR},
            extra=found.permissions,
        )
    if not permissions:
        return found
    return principal_of(
        subject=found.id, roles=found.roles, extra=[*found.permissions, *permissions]
    )


def _is_expert(remote: Remotes, user_id: str) -> bool:
    areas = remote.profiles.expertise(user_id) or []
    return any(area == _EXPERT_AREA for area in areas)
