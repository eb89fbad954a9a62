"""Loads PandaLM's 999 pairs of answers, each judged by three people, over HTTP alone.

Needs Python and nothing else. See README.md beside this file.
"""

import argparse
import base64
import csv
import hashlib
import hmac
import http.client
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

MODEL = "pandalm/testset-v1"
LABELS = Path(__file__).parents[2] / "tests" / "data" / "pandalm" / "annotators.csv"
_SECONDS = 60
# What an annotator said: the first is better, the second is, or they are similar.
_FIRST, _SIMILAR = 1, 0


class Service:
    """One person's connection to the service."""

    def __init__(self, url: str, token: str) -> None:
        """Connect to ``url`` as whoever the token says."""
        parts = urlsplit(url)
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        self._connection = kinds[parts.scheme](parts.netloc, timeout=_SECONDS)
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}

    def ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> Any:
        """Return what is answered; anything but a success ends the program."""
        headers = {**self._headers, **({"Content-Type": kind} if body is not None else {})}
        self._connection.request(method, self._prefix + path, body, headers)
        answer = self._connection.getresponse()
        told = json.loads(answer.read())
        # Said before, in a run that was broken off: it stands.
        is_known = answer.status == 409 and told["code"] == "preference_exists"
        if answer.status >= 400 and not is_known:
            raise SystemExit(f"{method} {path}: {answer.status} {json.dumps(told)}")
        return told


def main() -> None:
    """Import the pairs, judge them as three people, and print what the insights say."""
    asked = _arguments()
    rows = list(_rows(asked.testset))
    token = _token(asked, "admin", "pandalm-importer")
    admin = Service(asked.url, token)
    report = _imported(admin, rows)
    pairs = _pairs(admin)
    with ThreadPoolExecutor(max_workers=3) as people:
        raters = [(asked, number, rows, pairs) for number in (1, 2, 3)]
        given = sum(people.map(_judged, raters))
    # The first connection has been idle for long, and servers end such.
    told = Service(asked.url, token).ask(
        "GET", f"/insights/agreement?model_id={quote(MODEL, safe='')}"
    )
    json.dump(
        {
            "imported": report["accepted"],
            "repeated": report["repeated"],
            "judgements": given,
            "preferences": told["preferences"],
        },
        sys.stdout,
        indent=2,
    )
    sys.stdout.write("\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--admin-token", help="of somebody who is an administrator")
    parser.add_argument("--rater-token", action="append", help="three, of validators", default=[])
    parser.add_argument(
        "--secret",
        default=os.environ.get("JWT_SECRET_KEY"),
        help="instead of tokens: JWT_SECRET_KEY of the service, to sign them here",
    )
    parser.add_argument("--testset", type=Path, help="PandaLM's testset-v1.json, for the texts")
    asked = parser.parse_args()
    if not asked.secret and not (asked.admin_token and len(asked.rater_token) == 3):
        parser.error("a --secret is needed, or an --admin-token and three times --rater-token")
    return asked


def _rows(testset: Path | None) -> Iterator[dict[str, Any]]:
    """Yield number, question, both answers with their models, and what three people said."""
    if testset is None:
        with LABELS.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield _row(int(row["idx"]), row, ("The question", "The first", "The second"))
        return
    for row in json.loads(testset.read_text(encoding="utf-8")):
        question = "\n\n".join(filter(None, (row["instruction"], row["input"])))
        # A few answers have nothing to see.
        answers = [row[name] if row[name].strip() else "(nothing)" for name in _ANSWERS]
        yield _row(row["idx"], row, (question, *answers))


_ANSWERS = ("response1", "response2")


def _row(number: int, row: dict[str, Any], texts: tuple[str, str, str]) -> dict[str, Any]:
    models = row.get("cmp_key", "first_second").split("_", 1)
    return {
        "id": f"pandalm-{number}",
        "question": texts[0],
        "answers": [
            {"content": text, "model_id": f"pandalm/{model}"}
            for text, model in zip(texts[1:], models, strict=True)
        ],
        "said": [int(row[f"annotator{person}"]) for person in (1, 2, 3)],
    }


def _imported(admin: Service, rows: list[dict[str, Any]]) -> Any:
    lines = (
        {
            "id": row["id"],
            "model_id": MODEL,
            "messages": [{"role": "user", "content": row["question"]}],
            "responses": row["answers"],
        }
        for row in rows
    )
    body = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
    report = admin.ask("POST", "/interactions/import", body, "application/jsonl")
    if report["refused"]:
        raise SystemExit(json.dumps(report["refused"][:3]))
    return report


def _pairs(admin: Service) -> dict[str, tuple[str, list[str]]]:
    """Return, for each imported id, the prompt and its answers in their order.

    The log names every message, a thousand an answer; the list of conversations says whose.
    """
    names, cursor = {}, ""
    while cursor is not None:
        path = f"/interactions?limit=100&model_id={quote(MODEL, safe='')}{cursor and '&cursor='}"
        page = admin.ask("GET", path + cursor)
        names |= {one["id"]: one["metadata"]["import"]["external_id"] for one in page["items"]}
        cursor = page["next_cursor"]
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for data in _messages(admin):
        if data["conversation_id"] in names:
            found[names[data["conversation_id"]]][data["role"]].append(data["id"])
    return {name: (one["user"][0], sorted(one["assistant"])) for name, one in found.items()}


def _messages(admin: Service) -> Iterator[dict[str, Any]]:
    after = ""
    while True:
        page = admin.ask("GET", f"/events?limit=1000&type=add_message{after}")
        yield from (event["data"] for event in page["items"])
        if not page["items"]:
            return
        after = f"&after={quote(page['next'])}"


def _judged(rater: tuple[Any, int, list[Any], dict[str, tuple[str, list[str]]]]) -> int:
    """Say what one of the three said of every pair."""
    asked, number, rows, pairs = rater
    service = Service(asked.url, _token(asked, number, f"pandalm-annotator-{number}"))
    for row in rows:
        prompt_id, (first, second) = pairs[row["id"]]
        said = row["said"][number - 1]
        chosen, rejected = (first, second) if said in {_FIRST, _SIMILAR} else (second, first)
        body = {
            "prompt_id": prompt_id,
            "chosen_response_id": chosen,
            "rejected_response_id": rejected,
            "verdict": "tie" if said == _SIMILAR else "better",
        }
        service.ask("POST", "/feedback/preferences", json.dumps(body).encode())
    return len(rows)


def _token(asked: argparse.Namespace, who: str | int, name: str) -> str:
    """Return a token that was given, or sign one."""
    if not asked.secret:
        return asked.admin_token if who == "admin" else asked.rater_token[int(who) - 1]
    role = "admin" if who == "admin" else "validator"
    claims = {"sub": name, "roles": [role], "exp": int(time.time()) + 3600}
    parts = [_encoded(json.dumps(one).encode()) for one in ({"typ": "JWT", "alg": "HS256"}, claims)]
    signature = hmac.digest(asked.secret.encode(), ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, _encoded(signature)])


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


if __name__ == "__main__":
    main()
