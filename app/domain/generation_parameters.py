"""Names of parameters: callers use Hugging Face's or OpenAI's, servers understand their own."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

# What is asked of whom, and how, is not the caller's to say. One answer is read, so one is
# asked for: several are several calls.
_OURS = frozenset({"model", "messages", "inputs", "stream", "stream_options", "n"})
_OPENAI_LENGTHS = ("max_completion_tokens", "max_tokens")
_LENGTHS = (*_OPENAI_LENGTHS, "max_new_tokens", "max_length")
# Said about the containers' own way of answering; an OpenAI server refuses them.
_CONTAINER_ONLY = frozenset({"do_sample", "return_full_text", "details", "decoder_input_details"})
# Said about messages; a container that continues a text refuses them.
_CHAT_ONLY = frozenset(
    {
        *("tools", "tool_choice", "parallel_tool_calls", "response_format", "user", "metadata"),
        *("store", "logit_bias", "logprobs", "modalities", "reasoning_effort"),
    }
)


def openai_parameters(parameters: Mapping[str, Any]) -> Json:
    """Return them as fields of a chat completion; what has no other name stays as it is.

    How long an answer may be is said once: OpenAI's own name before Hugging Face's.
    """
    left = _without(parameters, _CONTAINER_ONLY | {"stop_sequences"})
    said = next((name for name in _LENGTHS if name in left), None)
    if said:
        length = left[said]
        left = {name: left[name] for name in left if name not in _LENGTHS}
        left[said if said in _OPENAI_LENGTHS else "max_tokens"] = length
    if "stop_sequences" in parameters:
        left.setdefault("stop", parameters["stop_sequences"])
    return left


def container_parameters(parameters: Mapping[str, Any]) -> Json:
    """Return them as a container of Hugging Face's kind takes them, beside its ``inputs``."""
    left = _without(parameters, _CHAT_ONLY)
    for name in _OPENAI_LENGTHS:
        if name in left:
            length = left.pop(name)
            left.setdefault("max_new_tokens", length)
    if isinstance(left.get("stop"), str):
        left["stop"] = [left["stop"]]
    return left


def _without(parameters: Mapping[str, Any], names: frozenset[str]) -> Json:
    return {name: parameters[name] for name in parameters if name not in names | _OURS}


def answer_length(parameters: Mapping[str, Any]) -> int | None:
    """Return how many tokens the answer may have, or None where it is not said.

    ``max_length`` says it of question and answer together, so it says nothing of one.
    """
    for name in (*_OPENAI_LENGTHS, "max_new_tokens"):
        said = parameters.get(name)
        if isinstance(said, int) and not isinstance(said, bool) and said > 0:
            return said
    return None
