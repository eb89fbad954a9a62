"""Settings of SageMaker endpoints are taken when they can be so, and refused by field."""

import pytest

from app.clients.inference.sagemaker_settings import SageMakerSettings, settings_of
from app.errors import Invalid

LEAST = {"endpoint_name": "llm-1"}
FULL = {
    "endpoint_name": "llm-1",
    "region": "us-gov-west-1",
    "container": "jumpstart",
    "task": "text-generation",
    "chat": "messages",
    "model": "meta/llama 3",
    "streams": True,
    "accept_eula": False,
    "custom_attributes": "a=b",
    "inference_component": "part-1",
    "target_variant": "blue",
    "max_body_bytes": 1000,
    "idle_seconds": 2.5,
    "endpoint_url": "https://vpce-1.runtime.sagemaker.eu-west-1.vpce.amazonaws.com",
    "extra": {"top_k": 1},
}


def faults(**given):
    with pytest.raises(Invalid) as caught:
        settings_of(given)
    return caught.value.errors


def test_the_name_is_enough():
    assert settings_of(LEAST) == SageMakerSettings(endpoint_name="llm-1")
    assert settings_of(LEAST | {"region": None, "extra": None}) == settings_of(LEAST)
    assert settings_of(LEAST).max_body_bytes == 6 * 1024 * 1024


def test_everything_can_be_said():
    settings = settings_of(FULL)
    assert {name: getattr(settings, name) for name in FULL} == FULL


def test_all_faults_are_told_at_once():
    found = faults(region="here", container="tensorflow", colour="red")
    assert found["endpoint_name"] == ["is required"]
    assert found["colour"] == ["unknown field"]
    assert found["region"] == ["must be a region, as eu-west-1, at most 32 characters"]
    (fault,) = found["container"]
    assert fault == "must be one of djl, jumpstart, openai, tgi, toolkit, vllm"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("endpoint_name", ""),
        ("endpoint_name", "a/b"),
        ("endpoint_name", "-a"),
        ("endpoint_name", "a" * 64),
        ("endpoint_name", 1),
        ("endpoint_name", "llm-1\n"),
        ("region", "eu-west-1.evil.example"),
        ("region", "eu-west-1/"),
        ("container", ["tgi"]),
        ("task", "text-to-video"),
        ("content_type", "text/csv"),
        ("chat", "shout"),
        ("model", ""),
        ("model", "a\0b"),
        ("streams", "yes"),
        ("accept_eula", 1),
        ("custom_attributes", "ü"),
        ("custom_attributes", "a\r\nHost: b"),
        ("custom_attributes", "a" * 1008),
        ("inference_component", "a b"),
        ("target_variant", "a_b"),
        ("target_model", " a"),
        ("async_bucket", "UPPER"),
        ("async_bucket", "a/b"),
        ("async_prefix", "a b"),
        ("max_body_bytes", 0),
        ("max_body_bytes", True),
        ("max_body_bytes", 1.5),
        ("max_body_bytes", 2**31),
        ("idle_seconds", 0),
        ("idle_seconds", float("nan")),
        ("idle_seconds", True),
        ("idle_seconds", "1"),
        ("endpoint_url", "ftp://x"),
        ("endpoint_url", "http://169.254.169.254"),
        ("endpoint_url", 1),
        ("extra", [1]),
        ("extra", {"a": 2**70}),
        ("extra", {"a": "\ud800"}),
    ],
)
def test_a_field_is_refused_by_its_name(name, value):
    assert list(faults(**(LEAST | {name: value}))) == [name]


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"async_bucket": "questions", "inference_component": "a"}, "inference_component"),
        ({"async_bucket": "questions", "target_variant": "a"}, "target_variant"),
        ({"async_bucket": "questions", "target_model": "a"}, "target_model"),
        ({"async_bucket": "questions", "streams": True}, "streams"),
        ({"target_model": "a", "streams": True}, "streams"),
        ({"task": "fill-mask", "streams": True}, "streams"),
        ({"content_type": "application/x-text", "streams": True}, "streams"),
        ({"content_type": "application/x-text", "container": "vllm"}, "content_type"),
        ({"content_type": "application/x-text", "task": "question-answering"}, "content_type"),
        ({"content_type": "application/list-text"}, "content_type"),
        ({"task": "fill-mask", "container": "vllm"}, "task"),
        ({"task": "summarization", "container": "openai"}, "task"),
    ],
)
def test_fields_that_are_at_odds_are_refused(more, name):
    assert list(faults(**(LEAST | more))) == [name]


@pytest.mark.parametrize(
    ("more", "attributes"),
    [
        ({}, None),
        ({"accept_eula": True}, "accept_eula=true"),
        ({"container": "jumpstart"}, "accept_eula=true"),
        ({"container": "jumpstart", "accept_eula": False}, None),
        ({"container": "jumpstart", "custom_attributes": "a=b"}, "a=b,accept_eula=true"),
    ],
)
def test_a_licence_is_accepted_where_that_is_said(more, attributes):
    assert settings_of(LEAST | more).attributes == attributes


@pytest.mark.parametrize(
    ("more", "streams"),
    [
        ({}, False),
        ({"streams": True}, True),
        ({"container": "tgi"}, True),
        ({"container": "tgi", "streams": False}, False),
        ({"container": "jumpstart", "task": "fill-mask"}, False),
        ({"container": "djl", "target_model": "a"}, False),
        ({"container": "djl", "async_bucket": "questions"}, False),
    ],
)
def test_streams_are_the_containers_way_or_as_said(more, streams):
    assert settings_of(LEAST | more).asks_for_streams is streams
