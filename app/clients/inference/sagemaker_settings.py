"""What a route says of an endpoint of SageMaker, and whether it can be so.

Names are as the API has them: https://docs.aws.amazon.com/sagemaker/latest/APIReference/.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import orjson

from app.clients.inference.template_settings import template_fault, template_of
from app.domain.chat_text import PLAIN
from app.domain.container_body import CHATS, FORMATS, GENERATION, TASKS, Container
from app.domain.model_url import url_fault
from app.errors import Invalid

# What the containers are called in a route, and what their bodies are called.
_BODIES: Mapping[str, str] = {
    "toolkit": "hf",
    "tgi": "tgi",
    "djl": "djl_lmi",
    "vllm": "vllm",
    "openai": "openai",
    "jumpstart": "jumpstart_llama",
}
JSON, TEXT, LIST_TEXT = "application/json", "application/x-text", "application/list-text"
_ANSWERS = "question-answering"
_EULA = "accept_eula=true"
_ONLINE_BYTES = 6 * 1024 * 1024
_MOST_BYTES = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SageMakerSettings:
    """One endpoint, and how it is asked.

    ``region`` is the default one where it is None. With ``async_bucket`` questions are put
    there, and answers are waited for: the endpoint has to be an asynchronous one, and the
    bucket wants a rule that ends what a call leaves behind that nobody waited for.
    ``chat`` and ``streams`` overrule the container's own ways, and with ``chat_template`` a
    conversation goes as one text in that form; ``accept_eula`` agrees to a
    model's licence with each call, as JumpStart's containers do unless it is False.
    ``content_type`` is for JumpStart's older models, which take the bare text
    (``application/x-text``) or a question and its context as a list
    (``application/list-text``), and no parameters.
    ``extra`` are fields for every body. ``endpoint_url`` stands for all services of AWS.
    ``idle_seconds`` is the longest silence within a stream.
    """

    endpoint_name: str
    region: str | None = None
    container: str = "toolkit"
    task: str = GENERATION
    content_type: str = JSON
    chat: str | None = None
    chat_template: str | Mapping[str, Any] | None = None
    model: str | None = None
    streams: bool | None = None
    accept_eula: bool | None = None
    custom_attributes: str | None = None
    inference_component: str | None = None
    target_variant: str | None = None
    target_model: str | None = None
    async_bucket: str | None = None
    async_prefix: str = ""
    max_body_bytes: int = _ONLINE_BYTES
    idle_seconds: float | None = None
    endpoint_url: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def asks_for_streams(self) -> bool:
        """Whether the endpoint is asked for streams; neither of the exceptions has them."""
        is_bare = self.content_type != JSON
        if self.async_bucket or self.target_model or is_bare or self.task != GENERATION:
            return False
        its_own = FORMATS[_BODIES[self.container]].streams
        return its_own if self.streams is None else self.streams

    @property
    def attributes(self) -> str | None:
        """The custom attributes of each call."""
        accepts = self.accept_eula
        if accepts is None:
            accepts = bool(FORMATS[_BODIES[self.container]].attributes)
        given = [self.custom_attributes or "", _EULA if accepts else ""]
        return ",".join(filter(None, given)) or None

    @property
    def writes_text(self) -> bool:
        """Whether a conversation goes as one text."""
        if self.chat_template or self.content_type != JSON:
            return True
        return (self.chat or FORMATS[_BODIES[self.container]].chat) == "text"

    def as_container(self) -> Container:
        """Return how the endpoint's container is asked."""
        format_ = FORMATS[_BODIES[self.container]]
        if self.writes_text:
            format_ = replace(format_, chat="text")
        elif self.chat:
            format_ = replace(format_, chat=self.chat)  # type: ignore[arg-type]
        template = template_of(self.chat_template) if self.chat_template else PLAIN
        return Container(
            format=format_, task=self.task, model=self.model, extra=self.extra, template=template
        )


def settings_of(given: Mapping[str, Any]) -> SageMakerSettings:
    """Return the settings in a plain mapping, where None is the same as nothing.

    Raises Invalid, whose ``errors`` name the fields.
    """
    values = {name: value for name, value in given.items() if value is not None}
    errors = {name: ["unknown field"] for name in values.keys() - _CHECKS.keys()}
    for name, check in _CHECKS.items():
        fault = check(values[name]) if name in values else None
        errors |= {name: [fault]} if fault else {}
    if "endpoint_name" not in values:
        errors["endpoint_name"] = ["is required"]
    errors = errors or _at_odds(values)
    if errors:
        raise Invalid("the settings are none of a SageMaker endpoint", errors=errors)
    return SageMakerSettings(**values)


_Check = Callable[[Any], str | None]


def _text(pattern: str, longest: int, told: str) -> _Check:
    form = re.compile(pattern)

    def check(value: Any) -> str | None:
        fits = isinstance(value, str) and len(value) <= longest and form.fullmatch(value)
        return None if fits else f"must be {told}, at most {longest} characters"

    return check


def _one_of(choices: Mapping[str, Any] | tuple[str, ...] | frozenset[str]) -> _Check:
    def check(value: Any) -> str | None:
        fits = isinstance(value, str) and value in choices
        return None if fits else f"must be one of {', '.join(sorted(choices))}"

    return check


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _bytes(value: Any) -> str | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_BYTES
    return None if fits else f"must be a whole number from 1 to {_MOST_BYTES}"


def _seconds(value: Any) -> str | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if is_number and 0 < value <= 3600 else "must be a number above 0, at most 3600"


def _url(value: Any) -> str | None:
    return url_fault(value, allow_private=True) if isinstance(value, str) else "must be a URL"


def _object(value: Any) -> str | None:
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return "must be an object of JSON"
    return None if isinstance(value, dict) else "must be an object"


_NAME = _text(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*", 63, "letters, digits and hyphens")
_CHECKS: Mapping[str, _Check] = {
    "endpoint_name": _NAME,
    "region": _text(r"[a-z]{2,}(-[a-z]+)+-[0-9]+", 32, "a region, as eu-west-1"),
    "container": _one_of(_BODIES),
    "task": _one_of(TASKS),
    "content_type": _one_of((JSON, TEXT, LIST_TEXT)),
    "chat": _one_of(CHATS),
    "chat_template": template_fault,
    "model": _text(r"[^\x00-\x1f\ud800-\udfff]+", 512, "a model's name"),
    "streams": _flag,
    "accept_eula": _flag,
    "custom_attributes": _text(r"[\x20-\x7e]+", 1024 - len(_EULA) - 1, "printable ASCII"),
    "inference_component": _NAME,
    "target_variant": _NAME,
    "target_model": _text(r"[\x21-\x7e][\x20-\x7e]*", 1024, "printable ASCII"),
    "async_bucket": _text(r"[a-z0-9][a-z0-9.-]+[a-z0-9]", 63, "a bucket's name"),
    "async_prefix": _text(r"[a-zA-Z0-9!_.*'()/-]*", 512, "letters, digits and !_.*'()/-"),
    "max_body_bytes": _bytes,
    "idle_seconds": _seconds,
    "endpoint_url": _url,
    "extra": _object,
}
assert _CHECKS.keys() == {one.name for one in fields(SageMakerSettings)}
_NOT_ASYNC = ("inference_component", "target_variant", "target_model")


def _at_odds(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what is wrong with fields that are right one by one."""
    errors: dict[str, list[str]] = {}
    if "async_bucket" in values:
        named = [name for name in _NOT_ASYNC if name in values]
        errors |= {name: ["asynchronous endpoints take none"] for name in named}
    if "chat_template" in values and values.get("chat", "text") != "text":
        errors["chat"] = ["is text where there is a chat_template"]
    settings = SageMakerSettings(**values)
    if settings.task != GENERATION and settings.as_container().format.query == "messages":
        errors["task"] = [f"a {settings.container} container has {GENERATION} alone"]
    if settings.content_type != JSON and not _fits_bare_text(settings):
        errors["content_type"] = ["is none for this container and task"]
    if settings.streams and not settings.asks_for_streams:
        errors["streams"] = ["has no streams: asynchronous, one of many models, or this task"]
    return errors


def _fits_bare_text(settings: SageMakerSettings) -> bool:
    if settings.as_container().format.query == "messages":
        return False
    if settings.content_type == LIST_TEXT:
        return settings.task == _ANSWERS
    return settings.task not in {_ANSWERS, "zero-shot-classification"}
