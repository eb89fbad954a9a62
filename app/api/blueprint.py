"""The blueprint that every noun uses: permission, schemas, errors and idempotency declared."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, ClassVar

from flask_smorest import Blueprint as SmorestBlueprint

from app.api.document import add_parameter, answer_headers, describe, takes_json
from app.api.idempotency import idempotent
from app.api.json_format import StrictParser, may_be_absent
from app.domain.access import Permission

View = Callable[..., Any]

PUBLIC = "public"
# What every route that asks for a token can answer besides its own errors.
_ALWAYS = (401, 403, 429, 503)
_WITH_BODY = (400, 408, 413, 415, 422)


class Blueprint(SmorestBlueprint):  # type: ignore[misc]  # The library has no types.
    """flask-smorest's blueprint with this service's rules as declarations."""

    ARGUMENTS_PARSER: ClassVar[StrictParser] = StrictParser()
    # What stands before the names of the document's responses that are errors.
    ERRORS = ""

    def arguments(self, schema: Any, **options: Any) -> Callable[[View], View]:
        """Say what comes in; the library's own, with types.

        A schema is made here once: the library would make it anew for every request.
        """
        made = schema() if isinstance(schema, type) else schema
        if may_be_absent(made):
            options["required"] = False
        decorator: Callable[[View], View] = super().arguments(made, **options)
        return decorator

    def response(
        self, status_code: int, schema: Any = None, **options: Any
    ) -> Callable[[View], View]:
        """Say what goes out; the library's own, with types and with the headers of the answer."""
        options["headers"] = answer_headers(schema) | options.get("headers", {})
        decorator: Callable[[View], View] = super().response(status_code, schema, **options)
        return decorator

    def alt_response(
        self, status_code: int, response: Any = None, **options: Any
    ) -> Callable[[View], View]:
        """Say what else goes out; the library's own, with types and headers."""
        options["headers"] = answer_headers(options.get("schema")) | options.get("headers", {})
        decorator: Callable[[View], View] = super().alt_response(status_code, response, **options)
        return decorator

    def own_statuses(self, statuses: Collection[int]) -> set[int]:
        """Return the statuses that stand for these on this blueprint's routes."""
        return set(statuses)

    def event_stream(
        self,
        *,
        example: str,
        parameters: Sequence[str] = (),
        headers: dict[str, Any] | None = None,
    ) -> Callable[[View], View]:
        """Say that server-sent events go out, too, or instead."""
        decorator = self.alt_response(
            200,
            schema={"type": "string", "description": "Server-sent events."},
            description="Events, as they come",
            content_type="text/event-stream",
            example=example,
            headers=headers or {},
        )

        def described(view: View) -> View:
            documented = decorator(view)
            for name in parameters:
                add_parameter(documented._apidoc, name)  # type: ignore[attr-defined]  # noqa: SLF001
            return documented

        return described

    def doc(self, **documented: Any) -> Callable[[View], View]:
        """Say what nothing else says; the library's own, with types."""
        decorator: Callable[[View], View] = super().doc(**documented)
        return decorator

    def operation(
        self,
        method: str,
        rule: str,
        *,
        needs: Permission | None,
        errors: Iterable[int] = (),
        binds_own_key: bool = False,
        streams_body: bool = False,
    ) -> Callable[[View], View]:
        """Register a view under one method and path.

        ``needs`` is the permission (None: public); ``errors`` are the statuses of its own
        problems; ``binds_own_key`` says that its use case handles the Idempotency-Key;
        ``streams_body`` that the view reads the body itself, within bounds of its own.
        """
        statuses = set(errors)
        if needs is not None:
            statuses |= set(_ALWAYS)
        if method in {"POST", "PUT", "PATCH"}:
            statuses |= set(_WITH_BODY)
        if method == "POST":
            statuses.add(409)

        def register(view: View) -> View:
            told = statuses if streams_body or takes_json(view) else statuses - {415}
            if method == "POST" and not binds_own_key:
                view = idempotent(view)
            view.permission = PUBLIC if needs is None else needs  # type: ignore[attr-defined]
            view.streams_body = streams_body  # type: ignore[attr-defined]
            told, public = self.own_statuses(told), needs is None
            describe(view, method=method, statuses=told, is_public=public, form=self.ERRORS)
            route = self.route(rule, methods=[method], parameters=["X-Request-ID"])
            registered: View = route(view)
            return registered

        return register
