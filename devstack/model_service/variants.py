"""The two ways a Model Service answers: A as its container runs, B as documented."""

import uuid
from dataclasses import dataclass
from time import time
from typing import Any, Protocol

from devstack.model_service.bodies import Ask
from devstack.model_service.deployment import (
    CONTEXT_TOKENS,
    INSTANCE,
    MODEL_ID,
    TASK,
    Deployment,
)
from devstack.model_service.naming import lossy_id

Json = dict[str, Any]
Answer = tuple[object, int]

VERSION = "1.0.0"


class Variant(Protocol):
    """What differs between the two."""

    def health(self) -> Json:
        """Return the body of GET /health."""

    def endpoints(self, deployment: Deployment, status: str) -> Json:
        """Return the body of GET /endpoints."""

    def endpoint(self, deployment: Deployment, status: str) -> Json:
        """Return the body of GET /endpoint/{name}."""

    def fault(self, message: str, status: int) -> Answer:
        """Return how a failure outside the chat is told."""

    def heard(self, ask: Ask) -> Ask:
        """Return the part of a chat that reaches the model."""

    def completion(self, text: str, finish: str, usage: Json | None) -> Json:
        """Return the body of a whole chat completion."""


@dataclass(frozen=True, slots=True)
class VariantA:
    """Failures come with status 200, a chat has no memory, and nobody counts tokens."""

    def health(self) -> Json:
        """Return the status alone."""
        return {"status": "healthy"}

    def endpoints(self, deployment: Deployment, status: str) -> Json:
        """Return endpoints in camel case."""
        endpoint = {
            "endpointName": deployment.endpoint,
            "status": status,
            "instanceType": INSTANCE,
            "creationTime": deployment.made_at,
        }
        return {"endpoints": [endpoint]}

    def endpoint(self, deployment: Deployment, status: str) -> Json:
        """Return the endpoint with an id that lost most of itself."""
        return {
            "models": [{"id": lossy_id(deployment.endpoint), "version": "1.0"}],
            "endpointName": deployment.endpoint,
            "status": status,
        }

    def fault(self, message: str, status: int) -> Answer:  # noqa: ARG002
        """Report a failure with status 200."""
        return {"error": message}, 200

    def heard(self, ask: Ask) -> Ask:
        """Return the last user message alone."""
        users = [each for each in ask.messages if each["role"] == "user"]
        return Ask(users[-1:], ask.options, ask.stream, model=ask.model)

    def completion(self, text: str, finish: str, usage: Json | None) -> Json:  # noqa: ARG002
        """Return a Python list in words as the content, and no usage."""
        return completion(repr([{"generated_text": text}]), finish)


@dataclass(frozen=True, slots=True)
class VariantB:
    """Failures have a status, a chat is a chat, and tokens are counted."""

    def health(self) -> Json:
        """Return the status and the version."""
        return {"status": "healthy", "version": VERSION}

    def endpoints(self, deployment: Deployment, status: str) -> Json:
        """Return endpoints as SageMaker lists them."""
        region = "arn:aws:sagemaker:local:000000000000:endpoint"
        endpoint = {
            "EndpointName": deployment.endpoint,
            "EndpointArn": f"{region}/{deployment.endpoint.lower()}",
            "CreationTime": deployment.made_at,
            "LastModifiedTime": deployment.made_at,
            "EndpointStatus": status,
            "InstanceType": INSTANCE,
        }
        return {"status": "success", "endpoints": [endpoint]}

    def endpoint(self, deployment: Deployment, status: str) -> Json:
        """Return the deployment and its models."""
        shown = config(deployment)
        for model in shown["models"]:
            model["status"] = status
        return shown

    def fault(self, message: str, status: int) -> Answer:
        """Report a failure with its status."""
        return {"detail": message}, status

    def heard(self, ask: Ask) -> Ask:
        """Return the whole chat."""
        return ask

    def completion(self, text: str, finish: str, usage: Json | None) -> Json:
        """Return the text and what it used."""
        return {**completion(text, finish), "usage": usage_of(usage)}


def variant(name: str) -> Variant:
    """Return the variant called ``a`` or ``b``."""
    return VariantA() if name.lower() == "a" else VariantB()


def config(deployment: Deployment) -> Json:
    """Return the body of GET /config/{name}, the one place with the whole truth."""
    return {
        "deployment": {
            "destination": "local",
            "endpoint_name": deployment.endpoint,
            "instance_type": INSTANCE,
            "instance_count": 1,
            "num_gpus": 0,
            "quantization": "q4_1",
        },
        "models": [
            {
                "id": MODEL_ID,
                "source": "huggingface",
                "task": TASK,
                "version": VERSION,
                "context_tokens": CONTEXT_TOKENS,
                "location": None,
                "predict": None,
            }
        ],
    }


def completion(text: str, finish: str) -> Json:
    """Return an OpenAI chat completion without usage."""
    return {
        **envelope("chat.completion"),
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": finish,
            }
        ],
    }


def envelope(kind: str) -> Json:
    """Return what every OpenAI body begins with."""
    made = f"chatcmpl-{uuid.uuid4().hex}"
    return {"id": made, "object": kind, "created": int(time()), "model": MODEL_ID}


def usage_of(usage: Json | None) -> Json:
    """Return the three counts that OpenAI clients know."""
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    return {name: (usage or {}).get(name, 0) for name in names}
