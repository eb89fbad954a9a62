"""Turns: messages as lists, or as one text for models that continue texts."""

from collections.abc import Sequence
from typing import Any

from app.domain.shapes.row import Answer, Message, Row
from app.domain.shapes.shape import MESSAGES, Kind, Plain, Rules

_NAMES = {"system": "System", "user": "User", "assistant": "Assistant"}


def kind(rules: Rules) -> Kind:
    """Return the kind of a prompt or an answer."""
    return Plain.TEXT if rules.as_text else MESSAGES


def prompt(row: Row, answer: Answer, rules: Rules) -> Any:
    """Return what the model was told, the question last."""
    told = row.question(answer)
    return text(told) if rules.as_text else told


def completion(content: str, rules: Rules) -> Any:
    """Return an answer in the form of its prompt.

    TRL puts texts together as they are, so an answer begins with a space: without one its
    first word would run into the question's last, and their tokens into each other.
    """
    if not rules.as_text:
        return [said(content)]
    return content if content[:1].isspace() else f" {content}"


def said(content: str) -> Message:
    """Return an answer as the assistant's message."""
    return {"role": "assistant", "content": content}


def text(messages: Sequence[Message]) -> str:
    """Return messages as one text: a question alone as it is, else each with who says it."""
    if len(messages) == 1:
        return messages[0]["content"]
    lines = [f"{_name(one['role'])}: {one['content']}" for one in messages]
    return "\n\n".join([*lines, "Assistant:"])


def _name(role: str) -> str:
    return _NAMES.get(role, role.capitalize())
