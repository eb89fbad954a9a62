"""Served models, in and out."""

from marshmallow import fields

from app.api.schemas.fields import (
    Flag,
    FreeObject,
    In,
    Items,
    ModelId,
    Out,
    QueryText,
    Whole,
    words,
)
from app.api.schemas.pages import PageQuery
from app.clients.inference.kinds import KINDS
from app.services.model_views import Condition
from app.services.served_models import MOST_FALLBACKS

_MOST_TOKENS = 100_000_000
_MOST_CALLS = 100_000
# A cursor carries a whole model id.
_CURSOR = r"^[A-Za-z0-9_-]{1,2100}$"
_TOKENS = {"description": "How many tokens a question and its answer may have together."}
_CALLS = {"description": "How many calls it takes at a time, over all nodes; null: any number."}


class ModelsQuery(PageQuery):
    """How many models, and from where."""

    cursor = QueryText(
        _CURSOR,
        "a next_cursor of this list",
        metadata={"description": "A `next_cursor` of this list; it is opaque."},
    )


class _Route(In):
    """Which provider answers for a model, and how.

    ``settings`` of ``model_service`` are ``url`` (unless it is the configured one),
    ``endpoint_name`` and ``chat_by_query``; those of ``openai`` are ``url`` with its path (as in
    ``https://api.openai.com/v1``), ``model`` (its name there) and ``api_key_env``, the name
    ``MODEL_..._API_KEY`` of a variable that holds the key; ``sagemaker`` wants
    ``endpoint_name``, and takes ``region``, ``container``, ``task`` and what else its
    containers differ in. ``model_service`` and ``sagemaker`` take a ``chat_template`` for a model
    that continues texts: plain, chatml, llama2, llama3, mistral, zephyr, phi3, gemma or alpaca,
    or the model's own as ``{jinja, bos_token?, eos_token?, stops?}``. No secret is taken here.
    """

    enabled = Flag(metadata={"description": "Whether it may be asked; true unless said."})
    settings = FreeObject()
    fallbacks = Items(
        ModelId(),
        most=MOST_FALLBACKS,
        metadata={
            "uniqueItems": True,
            "description": "Who is asked, in this order, where it cannot answer.",
        },
    )
    context_tokens = Whole(1, _MOST_TOKENS, allow_none=True, metadata=_TOKENS)
    max_concurrency = Whole(1, _MOST_CALLS, allow_none=True, metadata=_CALLS)


class ModelIn(_Route):
    __doc__ = f"A model to serve.\n\n{_Route.__doc__}"

    model_id = ModelId(required=True)
    provider = fields.String(required=True, validate=words(KINDS))


class ModelChangesIn(_Route):
    __doc__ = f"What to change of a model; what is absent stays.\n\n{_Route.__doc__}"

    provider = fields.String(validate=words(KINDS))


class ModelOut(Out):
    """A model that is served, and how it is doing.

    ``health`` is what came of the last call, ``latency_ms`` the time that the last answer took.
    ``settings`` are for admins; they name the key's variable, never the key.
    """

    model_id = fields.String(required=True)
    provider = fields.String(required=True)
    enabled = fields.Boolean(required=True)
    health = fields.String(required=True, validate=words(Condition))
    latency_ms = fields.Integer(required=True, allow_none=True)
    context_tokens = fields.Integer(required=True, allow_none=True)
    max_concurrency = fields.Integer(required=True, allow_none=True)
    fallbacks = fields.List(fields.String(), required=True)
    settings = fields.Dict(required=True, allow_none=True)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)
