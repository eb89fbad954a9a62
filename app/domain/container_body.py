"""How the containers that serve models are asked, as data: bodies by format and task.

`hf` is the Hugging Face inference toolkit, which has a body for each task; the others
generate text. What comes back is read by `inference_reply` and `streamed_answer`, which
know the answers of all of them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from app.domain.chat_templates import ChatTemplate
from app.domain.chat_text import PLAIN, as_text
from app.domain.generation_parameters import container_parameters, openai_parameters
from app.domain.reply_text import content_text

Json = dict[str, Any]
Messages = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerFormat:
    """How a container takes a question and a conversation, and what else it wants to hear.

    ``inputs`` is Hugging Face's ``{"inputs", "parameters"}``, ``messages`` is OpenAI's body,
    ``dialog`` is a list of messages as ``inputs``, ``text`` a conversation as one text.
    """

    query: Literal["inputs", "messages"]
    chat: Literal["text", "messages", "dialog"]
    streams: bool = True
    attributes: str | None = None


FORMATS: Mapping[str, ContainerFormat] = {
    "hf": ContainerFormat(query="inputs", chat="text", streams=False),
    "tgi": ContainerFormat(query="inputs", chat="messages"),
    "djl_lmi": ContainerFormat(query="inputs", chat="messages"),
    "vllm": ContainerFormat(query="messages", chat="messages"),
    "openai": ContainerFormat(query="messages", chat="messages"),
    # The licence of these models has to be accepted with each call.
    "jumpstart_llama": ContainerFormat(
        query="inputs", chat="dialog", attributes="accept_eula=true"
    ),
}
CHATS = ("text", "messages", "dialog")
GENERATION = "text-generation"
_SEPARATORS = re.compile(r"[,;\n]")


class ContextMissing(Exception):
    """The task needs a context, and none was given that it can use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A body, the text an answer may repeat, and whether it may play the user as well.

    ``template`` is how a script was written.
    """

    body: Json
    prompt: str = ""
    is_script: bool = False
    template: str | ChatTemplate = PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container: its format, its task, and the name it knows its model by.

    ``template`` writes a conversation for one that takes it as a text.
    """

    format: ContainerFormat
    task: str = GENERATION
    model: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    template: str | ChatTemplate = PLAIN

    def query(self, content: str, context: str | None, parameters: Mapping[str, Any]) -> Asked:
        """Return how to ask a single question; raises ContextMissing."""
        context = context if context and context.strip() else None
        if self.format.query == "messages":
            return self._messages([_user(_below(context, content))], parameters)
        return self._inputs(content, context, parameters)

    def chat(self, messages: Messages, parameters: Mapping[str, Any]) -> Asked:
        """Return how to continue a conversation; raises ContextMissing.

        A task that generates no text is asked about the last message alone.
        """
        if self.task != GENERATION:
            last = content_text(messages[-1].get("content")) or ""
            return self._inputs(last, None, parameters)
        if self.format.chat == "messages":
            return self._messages([dict(message) for message in messages], parameters)
        if self.format.chat == "dialog":
            dialog = [[dict(message) for message in messages]]
            return Asked(body=self._with_parameters({"inputs": dialog}, parameters))
        text = as_text(messages, template=self.template)
        body = self._with_parameters({"inputs": text}, parameters)
        return Asked(body=body, prompt=text, is_script=True, template=self.template)

    def _messages(self, messages: list[Json], parameters: Mapping[str, Any]) -> Asked:
        named = {"model": self.model} if self.model else {}
        fields = openai_parameters(parameters)
        return Asked(body={**fields, **named, **self.extra, "messages": messages})

    def _inputs(self, content: str, context: str | None, parameters: Mapping[str, Any]) -> Asked:
        given, left = _INPUTS.get(self.task, _plain)(content, context, parameters)
        body = self._with_parameters({"inputs": given}, left)
        return Asked(body=body, prompt=given if isinstance(given, str) else "")

    def _with_parameters(self, body: Json, parameters: Mapping[str, Any]) -> Json:
        named = container_parameters(parameters)
        return {**body, **self.extra, **({"parameters": named} if named else {})}


def streaming(asked: Asked) -> Json:
    """Return the body that asks for a stream."""
    options = {"stream_options": {"include_usage": True}} if "messages" in asked.body else {}
    return {**asked.body, "stream": True, **options}


_Inputs = tuple[Any, Mapping[str, Any]]


def _plain(content: str, context: str | None, parameters: Mapping[str, Any]) -> _Inputs:
    return _below(context, content), parameters


def _question(content: str, context: str | None, parameters: Mapping[str, Any]) -> _Inputs:
    if context is None:
        raise ContextMissing
    return {"question": content, "context": context}, parameters


def _labelled(content: str, context: str | None, parameters: Mapping[str, Any]) -> _Inputs:
    """Take the candidate labels out of the parameters, or out of the context, a list."""
    if parameters.get("candidate_labels"):
        return content, parameters
    labels = [label.strip() for label in _SEPARATORS.split(context or "") if label.strip()]
    if not labels:
        raise ContextMissing
    return content, {**parameters, "candidate_labels": labels}


_INPUTS: Mapping[str, Callable[[str, str | None, Mapping[str, Any]], _Inputs]] = {
    "question-answering": _question,
    "zero-shot-classification": _labelled,
}
TASKS = frozenset(
    {
        *(GENERATION, "text2text-generation", "summarization", "translation", "fill-mask"),
        *("text-classification", "token-classification", "feature-extraction"),
        *_INPUTS,
    }
)


def _below(context: str | None, content: str) -> str:
    return f"{context}\n\n{content}" if context else content


def _user(content: str) -> Json:
    return {"role": "user", "content": content}
