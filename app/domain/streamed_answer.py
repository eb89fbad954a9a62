"""An answer put together from the values of its stream, whichever container sends them.

The forms are OpenAI's chunks (vLLM, Ollama, llama.cpp, TGI, DJL), TGI's and DJL's tokens,
and whole bodies, which containers send that do not stream.
"""

import json
from typing import Any

from app.domain.chat_message import add_delta, is_deep, kept_message
from app.domain.inference_reply import (
    Reply,
    ReplyFailure,
    finish_reason,
    raise_for_error,
    tokens,
)
from app.domain.reply_text import first_of, text_of
from app.domain.storable import PieceJoiner, storable_json

Json = dict[str, Any]

# What says something about an answer without being a part of its text.
_REMARKS = frozenset({"details", "usage", "token"})


class StreamedAnswer:
    """Takes the values of a stream one by one and gives the text that each adds.

    ``is_whole`` once somebody said that nothing follows: a stream that ends before broke off.
    """

    def __init__(self) -> None:
        self.is_whole = False
        self._texts: list[str] = []
        self._joiner = PieceJoiner()
        self._message: Json = {}
        self._told: Json = {}
        self._reason: str | None = None
        self._counts: tuple[int | None, int | None] = (None, None)

    @property
    def has_begun(self) -> bool:
        """Whether there is any text yet."""
        return bool(self._texts)

    def feed(self, value: Any) -> str:
        """Return the text that ``value`` adds; raises ReplyFailure for an error."""
        raise_for_error(value)
        first = first_of(value)
        piece = self._piece(first) if isinstance(first, dict) else None
        if piece is None:
            piece = "" if self._texts else text_of(value) or ""
            self.is_whole = self.is_whole or bool(piece)
        return self._kept(self._joiner.feed(piece))

    def finish(self) -> str:
        """Take note that the sender has said that this was all; return the text that is left."""
        self.is_whole = True
        return self._kept(self._joiner.end())

    def reply(self) -> Reply:
        """Return the answer so far."""
        message = self._whole_message() if self._message else None
        return Reply("".join(self._texts), self._reason, *self._counts, kept_message(message))

    def raw(self) -> str:
        """Return the body that the answer would have come in without a stream."""
        prompted, completed = self._counts
        message = self._whole_message()
        body: Json = {
            **self._told,
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": self._reason}],
            "usage": {"prompt_tokens": prompted, "completion_tokens": completed},
        }
        return json.dumps(storable_json(body), ensure_ascii=False)

    def _piece(self, value: Json) -> str | None:
        """Return the text in a chunk or token, None where the value is neither."""
        self._note(value)
        if isinstance(value.get("choices"), list):
            return "".join(self._delta(choice) for choice in value["choices"])
        if isinstance(value.get("token"), dict):
            return _token_text(value["token"])
        return "" if value.keys() <= _REMARKS else None

    def _delta(self, choice: Any) -> str:
        if not isinstance(choice, dict) or choice.get("index", 0) != 0:
            return ""
        given = choice.get("delta", choice.get("message"))
        if not isinstance(given, dict):
            text = choice.get("text")
            return text if isinstance(text, str) else ""
        more = {name: given[name] for name in given if name != "content"}
        if is_deep(more):
            raise ReplyFailure("expected a message, found one nested too deep")
        add_delta(self._message, more)
        return text_of({"choices": [{"message": given}]}) or ""

    def _note(self, value: Json) -> None:
        """Take note of what ``value`` tells about the answer."""
        self._reason = finish_reason(value) or self._reason
        is_last = self._reason or isinstance(value.get("generated_text"), str)
        self.is_whole = self.is_whole or bool(is_last)
        prompted, completed = tokens(value)
        known = self._counts
        self._counts = (
            known[0] if prompted is None else prompted,
            known[1] if completed is None else completed,
        )
        self._told |= {name: value[name] for name in ("id", "model") if name in value}

    def _kept(self, text: str) -> str:
        if text:
            self._texts.append(text)
        return text

    def _whole_message(self) -> Json:
        return {"role": "assistant", **self._message, "content": "".join(self._texts) or None}


def _token_text(token: Json) -> str:
    text = token.get("text")
    is_special = token.get("special") or token.get("special_token")
    return text if isinstance(text, str) and not is_special else ""
