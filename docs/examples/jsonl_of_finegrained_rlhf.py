"""Writes Fine-Grained RLHF's questions and sampled answers as JSON lines for an import.

    python jsonl_of_finegrained_rlhf.py dev_feedback.json > finegrained_rlhf.jsonl
    flask import finegrained_rlhf.jsonl --user importer --model-id allenai/t5-large-qa

Each of the four answers to a question is a conversation of its own; the passages that the
model was given stand before the question, as an instruction.
"""

import json
import sys
from pathlib import Path

_ANSWERS = range(1, 5)


def main(path: str) -> None:
    """Print a line for each answer."""
    rows = json.loads(Path(path).read_text(encoding="utf-8"))
    for number, row in enumerate(rows):
        passages = "\n\n".join(" ".join(passage) for passage in row["passages"])
        for answer in _ANSWERS:
            line = {
                "id": f"finegrained_rlhf-dev-{number}-{answer}",
                "messages": [
                    {"role": "system", "content": passages},
                    {"role": "user", "content": row["question"]},
                    {"role": "assistant", "content": row[f"prediction {answer}"]},
                ],
                "metadata": {"row": number, "answer": answer},
            }
            sys.stdout.write(f"{json.dumps(line)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
