"""Writes MT-Bench's questions and reference answers as JSON lines for an import.

    python jsonl_of_mt_bench.py question.jsonl reference_answer/gpt-4.jsonl > mt_bench.jsonl
    flask import mt_bench.jsonl --user importer --model-id gpt-4

Questions without a reference answer are conversations of questions alone.
"""

import json
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any


def main(questions: str, answers: str) -> None:
    """Print a line for each question."""
    answered = {one["question_id"]: one for one in _read(answers)}
    for question in _read(questions):
        answer = answered.get(question["question_id"], {"choices": [{"turns": []}]})
        line = {
            "id": f"mt_bench-{question['question_id']}",
            "messages": list(_messages(question["turns"], answer["choices"][0]["turns"])),
            "metadata": {"category": question["category"]},
        }
        line |= {"model": answer["model_id"]} if "model_id" in answer else {}
        line |= {"created_at": answer["tstamp"]} if "tstamp" in answer else {}
        sys.stdout.write(f"{json.dumps(line)}\n")


def _messages(asked: list[str], answered: list[str]) -> Iterator[dict[str, str]]:
    for question, answer in zip_longest(asked, answered):
        yield {"role": "user", "content": question}
        if answer is not None:
            yield {"role": "assistant", "content": answer}


def _read(path: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines())


if __name__ == "__main__":
    main(*sys.argv[1:])
