"""The one model this service serves, under an endpoint name that survives restarts."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from uuid import uuid4

from devstack.model_service.naming import endpoint_name

MODEL_ID = "HuggingFaceTB/SmolLM2-135M-Instruct"
TASK = "text-generation"
INSTANCE = "local.cpu"
# How long a question and its answer may be together.
CONTEXT_TOKENS = 2048


@dataclass(frozen=True, slots=True)
class Deployment:
    """An endpoint: its name and when it was made, as an ISO 8601 time in UTC."""

    endpoint: str
    made_at: str

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Read the deployment kept in ``folder``, or make one and keep it there."""
        kept = folder / "endpoint.json"
        try:
            return cls(**json.loads(kept.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            made = cls.new()
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(asdict(made)), encoding="utf-8")
        return made

    @classmethod
    def new(cls) -> Self:
        """Return a deployment made now."""
        now = datetime.now(UTC)  # noqa: TID251  # This program imports no app.
        name = endpoint_name(MODEL_ID, unique=uuid4().hex[:8], made_at=now)
        return cls(endpoint=name, made_at=now.isoformat(timespec="seconds"))
