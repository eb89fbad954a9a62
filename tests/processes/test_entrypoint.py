"""A container that cannot run says why in one line, and at once."""

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT


def _enter(process_type, **environment):
    tools = Path(sys.executable).parent
    return subprocess.run(
        ["sh", "entrypoint.sh", process_type],
        cwd=ROOT,
        env={"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_every_wrong_setting_is_said_at_once():
    ended = _enter("web", LOG_LEVEL="loud")
    assert ended.returncode == 78
    assert len(ended.stderr.splitlines()) == 1
    for name in ("DATABASE_URL", "JWT_SECRET_KEY", "LOG_LEVEL"):
        assert name in ended.stderr
