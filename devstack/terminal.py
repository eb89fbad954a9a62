"""What a person at the terminal reads while things start, run and stop."""

from collections.abc import Mapping
from pathlib import Path

from devstack.folders import ROOT
from devstack.keys import write_private
from devstack.model_service.deployment import MODEL_ID

TOKENS_FILE = "tokens.env"


def say(line: str = "") -> None:
    """Print a line at once, so that it stands in order with the programs' own."""
    print(line, flush=True)


def say_step(name: str, state: str, seconds: float | None = None) -> None:
    """Print how a step went, and how long it took."""
    took = "" if seconds is None else f"{seconds:6.1f} s"
    say(f"  {name:<14} {state:<8}{took}".rstrip())


def say_tokens(tokens: Mapping[str, str], folder: Path) -> None:
    """Print tokens as lines for a shell, and keep the same lines in a file."""
    lines = [f"export {role.upper()}_TOKEN={token}" for role, token in tokens.items()]
    write_private(folder / TOKENS_FILE, "\n".join(lines) + "\n")
    say()
    for line in lines:
        say(line)
    say()
    say(f"The same lines for another terminal:  . {_shown(folder / TOKENS_FILE)}")


def say_first_request(base: str, *, embedded_model: bool) -> None:
    """Print a request to begin with."""
    model = MODEL_ID if embedded_model else "the/model-you-serve"
    say("A first request:")
    say(f"""  curl -s {base}/interactions -H "Authorization: Bearer $USER_TOKEN" \\""")
    say(f"""    -H 'Content-Type: application/json' -d '{{"model_id": "{model}"}}'""")
    say()


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
