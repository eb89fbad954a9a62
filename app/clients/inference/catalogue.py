"""What the Model Service serves: every endpoint asked for its models' true ids."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.clients.http import path_segment
from app.clients.inference.base import InferenceError
from app.clients.inference.endpoints import IN_SERVICE, PENDING, Ask, states_of

# A Model Service with more of them is asked for models by name, as they are wanted.
_MOST_ENDPOINTS = 100
# Nobody's documents name the length of a context; these are what those who tell call it.
_LENGTHS = ("context_tokens", "context_length", "max_model_len", "n_ctx")


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model that has an endpoint; ``context_tokens`` is None where nobody tells."""

    model_id: str
    context_tokens: int | None


def models_of(ask: Ask) -> list[ListedModel]:
    """Return the models that are served, or on their way to be, each once.

    An endpoint that does not tell is left out. Raises InferenceError without a list.
    """
    serving = {IN_SERVICE, *PENDING}
    names = [name for name, state in states_of(ask("/endpoints")) if state in serving]
    found: dict[str, ListedModel] = {}
    for name in names[:_MOST_ENDPOINTS]:
        for model in _configured(name, ask):
            found.setdefault(model.model_id, model)
    return list(found.values())


def _configured(name: str, ask: Ask) -> Iterator[ListedModel]:
    try:
        body = ask(f"/config/{path_segment(name)}")
    except (InferenceError, ValueError):
        return
    models = body.get("models") if isinstance(body, dict) else None
    for model in models if isinstance(models, list) else []:
        if isinstance(model, dict) and isinstance(model.get("id"), str):
            yield ListedModel(model["id"], _length(model))


def _length(model: Mapping[str, Any]) -> int | None:
    told = [model.get(name) for name in _LENGTHS]
    return next((each for each in told if type(each) is int and each > 0), None)
