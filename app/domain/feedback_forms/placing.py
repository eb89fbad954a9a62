"""Where the answers of other systems belong in a line of our own form, by their names.

Other systems let everybody name their questions and fields. Names that speak for themselves
are understood; every other answer is a score on the dimension of its name.
"""

from collections.abc import Mapping
from typing import Any

from app.errors import AppError, Invalid

Json = dict[str, Any]
# A line of our own form, or why a part of a record is none.
LineOrFault = Json | AppError

_PROMPTS = ("prompt", "question", "instruction", "input", "query")
_RESPONSES = ("response", "answer", "completion", "output", "generation")
_CHATS = ("messages", "chat", "conversation", "dialogue")
_COMMENTS = {"comment", "comments", "overall_comment", "feedback", "explanation", "notes"}
_CORRECTIONS = {"correction", "corrected_response", "correct_response", "improved_response"}
_LIKES = {"like": "like", "thumbs_up": "like", "dislike": "dislike", "thumbs_down": "dislike"}
_KNOWN = ("response_id", "conversation_id", "turn", "model_id", "owner_id")


def exchange_in(fields: Mapping[str, Any], *more: Mapping[str, Any]) -> Json:
    """Return which response it is about: ids of ours where they are said, else the texts."""
    told: Json = {}
    for source in (fields, *more):
        told |= {name: source[name] for name in _KNOWN if source.get(name) is not None}
        if "model_id" not in told and isinstance(source.get("model"), str):
            told["model_id"] = source["model"]
    if "response_id" in told or "conversation_id" in told:
        return told
    names = {"prompt": _PROMPTS, "response": _RESPONSES, "messages": _CHATS}
    for name, called in names.items():
        found = next((one for one in called if fields.get(one) is not None), None)
        if found is not None:
            told[name] = fields[found]
    if "messages" in told:
        told.pop("prompt", None)
    return told


def exchange_fault(told: Json) -> Invalid | None:
    """Return why it cannot be said which response a record is about, or None."""
    if told.keys() & {"response_id", "conversation_id", "response", "messages"}:
        return None
    names = ", ".join((*_CHATS[:1], *_RESPONSES))
    message = f"expected response_id, conversation_id or one of {names} among the fields"
    return Invalid("the record names no response", errors={"response": [message]})


def place_text(line: Json, name: str, text: str) -> None:
    """Put a free text where its name belongs; what has no place of its own is a comment."""
    if name.lower() in _CORRECTIONS:
        line["correction"] = text
        return
    said = text if name.lower() in _COMMENTS else f"{name}: {text}"
    line["overall_comment"] = "\n".join(filter(None, (line.get("overall_comment"), said)))


def place_answer(line: Json, name: str, value: Any, *, dimension: str | None) -> None:
    """Put an answer where its name belongs; ``dimension`` is what all scores are scores on."""
    if isinstance(value, str) and name.lower() in _COMMENTS | _CORRECTIONS:
        place_text(line, name, value)
    elif isinstance(value, str) and name.lower() == "flag":
        line["flag"] = value
    elif isinstance(value, str) and value.lower() in _LIKES:
        line["rating"] = _LIKES[value.lower()]
    else:
        place_score(line, dimension or name, value)


def place_score(line: Json, dimension: str, score: Any, **more: Any) -> None:
    """Add a score on a dimension."""
    ratings = line.setdefault("dimension_ratings", [])
    ratings.append({"dimension_id": dimension, "score": score, **more})


def nothing_said() -> Invalid:
    """Return why a record without a person's answer is not taken in."""
    return Invalid("nobody has said anything of this record", code="nothing_said")
