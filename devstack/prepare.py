"""Migrates, sets up initial data and signs tokens, in one process; reports by line.

``python -m devstack.prepare [migrations] [initial-data] [tokens]``: each step that is
done is a line of JSON on standard output, such as ``{"step": "migrations"}``.
"""

import json
import sys
from time import monotonic

from flask.testing import FlaskCliRunner

from app import create_app
from devstack.errors import UNSAFE_SETTINGS

# A user's name and role at once.
ROLES = ("user", "validator", "admin")
_COMMANDS = {
    "migrations": ["db", "upgrade"],
    "initial-data": ["setup-initial-data"],
}


def main() -> None:
    """Take the steps named on the command line; end with 1 at the first that fails."""
    try:
        runner = create_app().test_cli_runner()
    except SystemExit as refused:
        sys.stderr.write(f"{refused.code}\n")
        sys.exit(UNSAFE_SETTINGS)
    for step in sys.argv[1:]:
        began = monotonic()
        if step == "tokens":
            _report(step, began, tokens={role: _token(runner, role) for role in ROLES})
        else:
            _run(runner, _COMMANDS[step])
            _report(step, began)


def _token(runner: FlaskCliRunner, role: str) -> str:
    output = _run(runner, ["token", "--user", role, "--role", role])
    return output.strip().splitlines()[-1]


def _run(runner: FlaskCliRunner, arguments: list[str]) -> str:
    result = runner.invoke(args=arguments)
    if result.exit_code != 0:
        sys.stderr.write(f"flask {' '.join(arguments)} failed\n{result.output}\n")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        sys.exit(1)
    return result.stdout


def _report(step: str, began: float, **more: object) -> None:
    line = {"step": step, "seconds": monotonic() - began, **more}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
