"""Writes the corrections of Fine-Grained RLHF as JSON lines for an import of feedback.

    python feedback_of_finegrained_rlhf.py dev_feedback.json > feedback.jsonl
    flask feedback import feedback.jsonl --user importer --model-id allenai/t5-large-qa

Each is about the first of a question's answers, which comes along with the question; the parts
that are wrong are spans of it.
"""

import json
import sys
from pathlib import Path
from typing import Any

_MOST_SPANS = 50


def main(path: str) -> None:
    """Print a line for each question whose answer was corrected."""
    rows = json.loads(Path(path).read_text(encoding="utf-8"))
    for number, row in enumerate(rows):
        if row["feedback"]["corrected-prediction"].strip():
            sys.stdout.write(f"{json.dumps(_line(number, row))}\n")


def _line(number: int, row: dict[str, Any]) -> dict[str, Any]:
    name, answer = f"finegrained_rlhf-dev-{number}", row["prediction 1"]
    return {
        "external_id": name,
        "source": "finegrained_rlhf",
        "user_id": "finegrained_rlhf-annotators",
        "conversation_id": name,
        "prompt": row["question"],
        "response": answer,
        "correction": row["feedback"]["corrected-prediction"],
        "spans": [_span(error, answer) for error in row["feedback"]["errors"]][:_MOST_SPANS],
    }


def _span(error: dict[str, Any], answer: str) -> dict[str, Any]:
    start, end = error["start"], error["end"]
    note = ": ".join(filter(None, (error["error type"], error["explanation"])))
    return {"start": start, "end": end, "text": answer[start:end], "note": note}


if __name__ == "__main__":
    main(*sys.argv[1:])
