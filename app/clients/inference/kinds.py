"""The kinds of providers that a route may name: what each wants to know, and how it is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.clients.aws import Aws, AwsPlace
from app.clients.cache import Cache
from app.clients.http import HttpClient, Remote
from app.clients.inference.base import InferenceProvider
from app.clients.inference.kept import Kept
from app.clients.inference.model_service import ModelService
from app.clients.inference.openai import OpenAIServer, OpenAISettings
from app.clients.inference.route_settings import (
    Errors,
    Rules,
    model_service_faults,
    openai_faults,
    sagemaker_faults,
)
from app.clients.inference.sagemaker import SageMaker
from app.clients.inference.sagemaker_settings import settings_of
from app.clients.inference.template_settings import template_of

_MOST_SERVERS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What providers are made with; ``remote`` is how to reach servers, less their URLs.

    ``default`` is the Model Service of the configuration.
    """

    rules: Rules
    remote: Remote
    default: ModelService
    cache: Cache
    endpoint_cache_seconds: float
    chat_by_query: bool
    idle_seconds: float | None = None
    clients: Kept[HttpClient] = field(default_factory=lambda: Kept(_MOST_SERVERS))
    clouds: Kept[Aws] = field(default_factory=lambda: Kept(_MOST_SERVERS))

    def client(self, url: str) -> HttpClient:
        """Return the one client of a server, whose connections its routes share."""
        remote = replace(self.remote, url=url, may_reach=self.rules.may_reach)
        return self.clients.get(url, lambda: HttpClient(remote))

    def aws(self, region: str | None, url: str | None) -> Aws:
        """Return a region of AWS, whose credentials and connections its routes share.

        AWS's own names may stand for private addresses, as its endpoints in networks do;
        what an admin names may not.
        """
        remote = replace(self.remote, url="", may_reach=self.rules.may_reach if url else None)
        place = AwsPlace(region=region, url=url, remote=remote)
        return self.clouds.get((region, url), lambda: Aws(place))


@dataclass(frozen=True, slots=True)
class Kind:
    """What is wrong with the settings of a route, by their fields, and who it leads to."""

    faults: Callable[[Mapping[str, Any], Rules], Errors]
    make: Callable[[Mapping[str, Any], Means], InferenceProvider]


def _model_service(settings: Mapping[str, Any], means: Means) -> InferenceProvider:
    if not settings:
        return means.default
    url, template = settings.get("url"), settings.get("chat_template")
    return ModelService(
        means.client(url) if url else means.default.http,
        means.cache,
        endpoint_cache_seconds=means.endpoint_cache_seconds,
        chat_by_query=settings.get("chat_by_query", means.chat_by_query),
        idle_seconds=means.idle_seconds,
        chat_template=template_of(template) if template else None,
        endpoint_name=settings.get("endpoint_name"),
        scope=f"{url} " if url else "",
    )


def _openai(settings: Mapping[str, Any], means: Means) -> InferenceProvider:
    name = settings.get("api_key_env")
    return OpenAIServer(
        means.client(settings["url"]),
        OpenAISettings(
            model=settings.get("model"),
            key_name=name,
            key=means.rules.keys.get(name) if name else None,
            idle_seconds=means.idle_seconds,
        ),
    )


def _sagemaker(settings: Mapping[str, Any], means: Means) -> InferenceProvider:
    read = settings_of(settings)
    read = replace(read, idle_seconds=read.idle_seconds or means.idle_seconds)
    return SageMaker(read, means.aws(read.region, read.endpoint_url))


KINDS: Mapping[str, Kind] = {
    "model_service": Kind(model_service_faults, _model_service),
    "openai": Kind(openai_faults, _openai),
    "sagemaker": Kind(sagemaker_faults, _sagemaker),
}
