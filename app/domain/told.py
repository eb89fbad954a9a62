"""What came of the lines of an import: conversations that were told, and refusals."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.conversation import Conversation
from app.domain.conversation_forms import read_conversation
from app.errors import AppError
from app.utils.canonical_json import canonical_bytes


@dataclass(frozen=True, slots=True)
class Told:
    """A conversation, the line it began at, and the SHA-256 of all that was told of it."""

    line: int
    conversation: Conversation
    digest: bytes

    @property
    def external_id(self) -> str:
        """The sender's own id, or one that follows from the content."""
        return self.conversation.external_id or f"sha256:{self.digest.hex()}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that was not taken, and why."""

    line: int
    error: AppError


def told_in(line: int, value: Mapping[str, Any], *, form: str) -> Told:
    """Return the conversation that one line holds; raises Invalid."""
    conversation = read_conversation(value, form=form)
    return Told(line, conversation, hashlib.sha256(canonical_bytes(value)).digest())
