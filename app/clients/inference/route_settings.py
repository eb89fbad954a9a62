"""What a route may say of a server of models, and whether it can be so."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.clients.inference.sagemaker_settings import settings_of
from app.clients.inference.template_settings import template_fault
from app.clients.model_keys import ModelKeys
from app.domain.model_url import may_reach, url_fault
from app.errors import Invalid

Check = Callable[[Any], str | None]
Errors = dict[str, list[str]]

_LONGEST_NAME = 512
_NAME = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]+")
_ENDPOINT = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the operator allows routes: which keys, and whether private addresses."""

    keys: ModelKeys
    allow_private: bool

    def may_reach(self, address: str) -> bool:
        """Say whether to connect to the address."""
        return may_reach(address, allow_private=self.allow_private)


def model_service_faults(settings: Mapping[str, Any], rules: Rules) -> Errors:
    """Return what is wrong with the settings of a route to a Model Service."""
    checks: dict[str, Check] = {
        "url": lambda url: _url_fault(url, rules),
        "endpoint_name": _endpoint_fault,
        "chat_by_query": _flag_fault,
        "chat_template": template_fault,
    }
    return _faults(settings, checks)


def openai_faults(settings: Mapping[str, Any], rules: Rules) -> Errors:
    """Return what is wrong with the settings of a route to a server of the OpenAI API."""
    checks: dict[str, Check] = {
        "url": lambda url: _url_fault(url, rules),
        "model": _name_fault,
        "api_key_env": lambda name: _key_fault(name, settings.get("url"), rules),
    }
    return _faults(settings, checks, required=("url",))


def sagemaker_faults(settings: Mapping[str, Any], rules: Rules) -> Errors:
    """Return what is wrong with the settings of a route to an endpoint of SageMaker."""
    try:
        read = settings_of(settings)
    except Invalid as refused:
        return refused.errors
    fault = _url_fault(read.endpoint_url, rules) if read.endpoint_url else None
    return {"endpoint_url": [fault]} if fault else {}


def _faults(
    settings: Mapping[str, Any], checks: Mapping[str, Check], required: tuple[str, ...] = ()
) -> Errors:
    faults = {name: "unknown field" for name in settings if name not in checks}
    faults |= {name: "is required" for name in required if name not in settings}
    for name, check in checks.items():
        fault = check(settings[name]) if name in settings else None
        faults |= {name: fault} if fault else {}
    return {name: [fault] for name, fault in faults.items()}


def _url_fault(url: Any, rules: Rules) -> str | None:
    if not isinstance(url, str):
        return "must be a URL"
    return url_fault(url, allow_private=rules.allow_private)


def _key_fault(name: Any, url: Any, rules: Rules) -> str | None:
    if not isinstance(name, str):
        return "must be the name of a variable"
    return rules.keys.fault(name, url if isinstance(url, str) else "")


def _name_fault(name: Any) -> str | None:
    is_one = isinstance(name, str) and len(name) <= _LONGEST_NAME and _NAME.fullmatch(name)
    return None if is_one else f"must be a model's name, at most {_LONGEST_NAME} characters"


def _endpoint_fault(name: Any) -> str | None:
    is_one = isinstance(name, str) and _ENDPOINT.fullmatch(name)
    return None if is_one else "must be an endpoint's name: letters, digits and hyphens"


def _flag_fault(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"
