"""The README's walk, run as printed against a started service: a real model answers."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import eventually

ROOT = Path(__file__).parents[1]
WALK = re.compile(r"<!-- walk -->\n```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LAST_LINE = "Ctrl-C stops everything"
SETTINGS = ("_URL", "_KEY", "_FILE", "BIND_HOST")


@pytest.fixture(scope="module")
def port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, port):
    """A folder as the README has it, with the service started in it by one command."""
    folder = tmp_path_factory.mktemp("checkout")
    kept = {name: value for name, value in os.environ.items() if not name.endswith(SETTINGS)}
    output = folder / "output"
    with output.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "run.py"],
            cwd=ROOT,
            env={**kept, "DATA_DIR": str(folder / ".devstack"), "PORT": str(port)},
            stdout=told,
            stderr=subprocess.STDOUT,
        )
    try:
        eventually(lambda: LAST_LINE in output.read_text() or process.poll(), seconds=120)
        assert process.poll() is None, output.read_text()
        yield folder
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def values_in(text):
    """Return the JSON values that stand in ``text`` one after another."""
    decoder, found, rest = json.JSONDecoder(), [], text.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        found.append(value)
        rest = rest[end:].strip()
    return found


def test_the_walk_gets_from_a_question_to_an_exported_entry(folder, port):
    (walk,) = WALK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", walk.replace("localhost:8000", f"localhost:{port}")],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (exchange,) = values_in(done.stderr)
    pending, verdict, entries = values_in(done.stdout)

    assert exchange["prompt"]["content"] == "What is machine learning?"
    answer = exchange["response"]
    assert (answer["status"], answer["model_id"]) == (
        "complete",
        "HuggingFaceTB/SmolLM2-135M-Instruct",
    )
    # A model said this: words, in sentences, about what was asked.
    assert re.search(r"machine learning|algorithm|data|learn", answer["content"], re.IGNORECASE)
    assert len(answer["content"].split()) > 10

    (waiting,) = pending["items"]
    assert waiting["response_id"] == answer["id"]
    scores = {one["dimension_name"]: one["score"] for one in waiting["dimension_ratings"]}
    assert scores == {"accuracy": 4, "helpfulness": 5}
    assert waiting["overall_comment"] == "Good response overall, just needed more depth."

    assert (verdict["feedback_id"], verdict["feedback_status"]) == (waiting["id"], "validated")

    (entry,) = entries
    assert entry["id"] == verdict["dataset_entry_id"]
    assert (entry["prompt"], entry["response"]) == (
        "What is machine learning?",
        answer["content"],
    )
    assert entry["quality_ratings"] == {"accuracy": 4, "helpfulness": 5}
    assert entry["source"]["feedback_id"] == waiting["id"]
