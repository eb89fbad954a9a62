"""Which endpoint of the Model Service serves a model: looked up, confirmed, remembered."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from app.clients.cache import Cache
from app.clients.http import HttpClient, path_segment
from app.clients.http_answer import RemoteError
from app.clients.inference.answers import json_of
from app.clients.inference.base import InferenceError
from app.clients.inference.failures import failure_of
from app.domain.deadline import Deadline
from app.domain.endpoint_name import likely_names

# Asks the Model Service for the JSON at a path, which is an empty object where there is
# no such thing; raises InferenceError.
Ask = Callable[[str], Any]

IN_SERVICE = "InService"
# On their way to serve; the other words of SageMaker mean that somebody has to act first.
PENDING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack"})
# Of a thousand endpoints called alike, so many are asked for their model.
_MOST_CONFIRMED = 8


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that serves a model, and what it is deployed to do."""

    name: str
    task: str
    model_version: str | None


def asking(http: HttpClient, deadline: Deadline) -> Ask:
    """Return what asks a Model Service, within ``deadline``."""

    def ask(path: str) -> Any:
        try:
            return json_of(http.request("GET", path, deadline=deadline.remaining()))
        except RemoteError as error:
            raise failure_of(error) from error

    return ask


class Endpoints(Protocol):
    """Knows which endpoint serves a model."""

    def remembered(self, model_id: str) -> Endpoint | None:
        """Return the endpoint that is known, or None."""
        ...

    def forget(self, model_id: str) -> None:
        """Look it up anew next time."""
        ...

    def find(self, model_id: str, ask: Ask) -> Endpoint:
        """Look the endpoint up; raises InferenceError where none serves the model."""
        ...


class EndpointDirectory:
    """Finds endpoints; remembers them by model until told to forget."""

    def __init__(self, cache: Cache, *, seconds: float, scope: str = "") -> None:
        self._cache = cache
        self._seconds = seconds
        self._scope = scope

    def remembered(self, model_id: str) -> Endpoint | None:
        """Return the endpoint found lately, or None."""
        kept = self._cache.get(self._key(model_id))
        try:
            return Endpoint(**kept) if isinstance(kept, dict) else None
        except TypeError:
            return None

    def forget(self, model_id: str) -> None:
        """Look it up anew next time."""
        self._cache.delete(self._key(model_id))

    def find(self, model_id: str, ask: Ask) -> Endpoint:
        """Look the endpoint up; raises InferenceError where none serves the model."""
        states = dict(states_of(ask("/endpoints")))
        serving = [name for name, state in states.items() if state == IN_SERVICE]
        endpoint = _confirmed(serving, model_id, ask)
        if endpoint:
            self._cache.set(self._key(model_id), asdict(endpoint), seconds=self._seconds)
            return endpoint
        coming = [name for name, state in states.items() if state in PENDING]
        pending = _confirmed(coming, model_id, ask)
        if pending:
            message = f"the endpoint for {model_id} is not ready: {states[pending.name]}"
            raise InferenceError("model_not_ready", message, pending.name)
        raise InferenceError("model_not_served", f"nobody serves {model_id}")

    def _key(self, model_id: str) -> str:
        return f"endpoint:{self._scope}{model_id}"


class FixedEndpoint:
    """The one endpoint that an admin has named; nobody asks what it is deployed to do."""

    def __init__(self, name: str) -> None:
        self._endpoint = Endpoint(name, "", None)

    def remembered(self, model_id: str) -> Endpoint:  # noqa: ARG002
        """Return it, whatever the model."""
        return self._endpoint

    def forget(self, model_id: str) -> None:
        """Keep it: it was not found, so it cannot be found anew."""

    def find(self, model_id: str, ask: Ask) -> Endpoint:  # noqa: ARG002
        """Find nothing else; raises InferenceError."""
        message = f"the endpoint named for {model_id} is not there"
        raise InferenceError("model_not_served", message, self._endpoint.name)


def states_of(body: Any) -> Iterator[tuple[str, str]]:
    """Yield name and status of each endpoint, in either variant's words.

    Raises InferenceError where there is no list of them.
    """
    listed = body.get("endpoints") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        raise InferenceError("model_failed", "the model side gave no list of endpoints")
    for item in listed:
        if isinstance(item, dict):
            name = item.get("endpointName", item.get("EndpointName"))
            status = item.get("status", item.get("EndpointStatus"))
            if isinstance(name, str) and isinstance(status, str):
                yield name, status


def _confirmed(names: list[str], model_id: str, ask: Ask) -> Endpoint | None:
    """Return the first endpoint whose configuration says that it serves the model.

    The name alone proves nothing: ``a/b_c`` and ``a/b-c`` are called alike. Raises
    InferenceError where one could not be asked and no other serves the model.
    """
    doubt: InferenceError | None = None
    for name in likely_names(names, model_id=model_id)[:_MOST_CONFIRMED]:
        try:
            found = _configured(name, model_id, ask)
        except InferenceError as error:
            doubt = error
            continue
        if found:
            return found
    if doubt:
        raise doubt
    return None


def _configured(name: str, model_id: str, ask: Ask) -> Endpoint | None:
    body = ask(f"/config/{path_segment(name)}")
    models = body.get("models") if isinstance(body, dict) else None
    for model in models if isinstance(models, list) else []:
        if isinstance(model, dict) and model.get("id") == model_id:
            return _endpoint(name, model)
    return None


def _endpoint(name: str, model: Mapping[str, Any]) -> Endpoint:
    task, version = model.get("task"), model.get("version")
    return Endpoint(
        name,
        task if isinstance(task, str) else "",
        version if isinstance(version, str) else None,
    )
