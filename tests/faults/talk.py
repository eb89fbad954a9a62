"""People who ask in every way there is: at once, with memory, in the background, and by streams."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.events import Heard
from tests.faults.caller import Caller, NeverSent, NoAnswer
from tests.faults.ledger import ACKNOWLEDGED, REFUSED, UNKNOWN
from tests.faults.listening import Listener, Listening, Refused
from tests.faults.load import PASSING, Load
from tests.model_side import MODEL, Reply, chunk

WORDS = 30
_PATIENCE_SECONDS = 40


def text_for(question: str) -> str:
    """Return what the model of these tests answers to a question that is streamed."""
    return "".join(_words(question))


def answer_by_words(body: dict[str, Any]) -> Reply:
    """Stream the answer to the last message word by word, or give it at once."""
    words = _words(body["messages"][-1]["content"])
    if not body.get("stream"):
        message = {"content": "".join(words)}
        return Reply({"choices": [{"message": message, "finish_reason": "stop"}]})

    def talk(connection: Any) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        for word in words:
            connection.sendall(chunk(word))
            threading.Event().wait(0.01)
        connection.sendall(chunk("", finish_reason="stop") + b"data: [DONE]\n\n")

    return Reply(None, talk=talk)


def _words(question: str) -> list[str]:
    return [f"{question}/{number} ü " for number in range(WORDS)]


@dataclass
class Transcript:
    """What somebody heard of one streamed answer, over however many connections."""

    mark: str
    response_id: str | None = None
    tokens: list[str] = field(default_factory=list)
    last: Heard | None = None
    is_unbroken: bool = True

    @property
    def text(self) -> str:
        return "".join(self.tokens)

    def take(self, listening: Listening) -> None:
        """Hear a connection out; raises NoAnswer where it breaks off."""
        for event in listening:
            if event.name == "prompt":
                self.response_id = event.data["response_id"]
            elif event.name == "token":
                self.is_unbroken &= event.data["index"] == len(self.tokens)
                self.tokens.append(event.data["text"])
            else:
                self.last = event


class Talk(Load):
    """A load of questions; ``transcripts`` are what was heard of the streamed answers."""

    def __init__(self, url: str, *args: Any, **kwargs: Any) -> None:
        self.transcripts: list[Transcript] = []
        self._url = url
        super().__init__(url, *args, **kwargs)

    def _work_once(self, caller: Caller, mark: str) -> None:
        made = self._write(
            caller, f"interaction:{mark}", "/interactions", model_id=MODEL, title=...
        )
        if made is None:
            return
        here = f"/interactions/{made['id']}"
        self._write(caller, f"prompt:{mark}", f"{here}/prompts", content=...)
        self._write(caller, f"chat:{mark}", f"{here}/chat", message=...)
        self._write(caller, f"message:{mark}", f"{here}/messages", content=...)
        self._listen(caller, f"stream:{mark}", f"{here}/chat")

    def _listen(self, caller: Caller, mark: str, path: str) -> None:
        """Ask for a stream, and come back until its end was heard."""
        listener, heard = Listener(self._url, caller.name), Transcript(mark)
        self._ledger.sent(mark)

        def once() -> Listening:
            if heard.response_id is None:
                return listener.ask(path, {"message": mark}, key=mark)
            last = len(heard.tokens) - 1 if heard.tokens else None
            return listener.follow(heard.response_id, last=last)

        outcome = self._insist(once, heard)
        self._ledger.came(mark, ACKNOWLEDGED if heard.response_id else outcome)
        if heard.response_id:
            self.transcripts.append(heard)
            self._succeeded()

    def _insist(self, once: Callable[[], Listening], heard: Transcript) -> str:
        whole, until = REFUSED, time.monotonic() + _PATIENCE_SECONDS
        while heard.last is None and time.monotonic() < until:
            try:
                heard.take(once())
            except NeverSent:
                threading.Event().wait(0.1)
            except NoAnswer:
                whole = UNKNOWN
                threading.Event().wait(0.1)
            except Refused as refused:
                if refused.status not in PASSING:
                    return whole
                whole = UNKNOWN
                threading.Event().wait(0.1)
        return whole
