"""The official clients of OpenAI's, unchanged, each told what to do in the same words."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Protocol

import openai

NODE = Path(__file__).parent / "node"
OLDEST_NODE = 20
Json = Any


class Talker(Protocol):
    """A client; what it does returns JSON: what it understood, or the error that it raised."""

    def do(self, verb: str, about: Json = None) -> Json: ...

    def close(self) -> None: ...


class PythonTalker:
    """`openai` for Python."""

    def __init__(self, url: str, *, key: str, retries: int) -> None:
        self._client = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=retries)
        self._completions = self._client.chat.completions

    def do(self, verb: str, about: Json = None) -> Json:
        try:
            return getattr(self, f"_{verb}")(about)
        except openai.APIError as error:
            told = {name: getattr(error, name, None) for name in ("code", "param", "type")}
            seen = {
                "status": getattr(error, "status_code", None),
                "request_id": getattr(error, "request_id", None),
            }
            return {"error": type(error).__name__, **told, **seen}

    def close(self) -> None:
        self._client.close()

    def _create(self, body: Json) -> Json:
        return self._completions.create(**body).to_dict(mode="json")

    def _stream(self, body: Json) -> Json:
        chunks = self._completions.create(**body, stream=True)
        return [chunk.to_dict(mode="json") for chunk in chunks]

    def _gather(self, body: Json) -> Json:
        with self._completions.stream(**body) as stream:
            return stream.get_final_completion().to_dict(mode="json")

    def _models(self, _: Json) -> Json:
        return [one.to_dict(mode="json") for one in self._client.models.list()]

    def _model(self, name: str) -> Json:
        return self._client.models.retrieve(name).to_dict(mode="json")


class NodeTalker:
    """`openai` from npm, in a process of its own that takes a line and answers with one."""

    def __init__(self, url: str, *, key: str, retries: int) -> None:
        told = {"TALK_URL": f"{url}/v1", "TALK_KEY": key, "TALK_RETRIES": str(retries)}
        self._process = subprocess.Popen(
            ["node", "client.mjs"],
            cwd=NODE,
            env={**os.environ, **told},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def do(self, verb: str, about: Json = None) -> Json:
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps([verb, about]), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, "the client ended"
        return json.loads(line)

    def close(self) -> None:
        self._process.communicate()


def node_is_missing() -> str | None:
    """Return what the npm client lacks on this machine, None where it can be run."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            return f"there is no {program} on this machine, which the npm client needs"
    if _node() < OLDEST_NODE:
        return f"the npm client needs node {OLDEST_NODE}, found {_node()}"
    if _version(NODE / "node_modules/.package-lock.json") != _version(NODE / "package-lock.json"):
        return "the npm client is not installed: `make node-client` fetches it where it can"
    return None


def _node() -> int:
    """Return the major version of node."""
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.removeprefix("v").split(".")[0])


def _version(lock: Path) -> str | None:
    try:
        packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    except FileNotFoundError:
        return None
    return str(packages["node_modules/openai"]["version"])
