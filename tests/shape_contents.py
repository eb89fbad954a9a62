"""What a record says in each shape: the texts that went in, without what they are wrapped in.

Questions and answers are single messages here.
"""

import json


def contents(shape, record):
    """Return the texts of a record: the question, then its answers and what was said of them."""
    return _CONTENTS[shape](record)


def _in_columns(*names):
    def read(record):
        return tuple(_plain(record[name]) for name in names)

    return read


def _plain(value):
    """Return the text of a message list, other values as they are."""
    if not isinstance(value, list):
        return value
    (message,) = value
    return message["content"]


def _chat(record):
    question, answer = record["messages"]
    return question["content"], answer["content"]


def _sharegpt(record):
    question, answer = record["conversations"]
    return question["value"], answer["value"]


def _openai_dpo(record):
    answers = (_plain(record[name]) for name in ("preferred_output", "non_preferred_output"))
    return (_plain(record["input"]["messages"]), *answers)


def _oasst(record):
    """Return the question with all its answers; a tree is JSON where it is in a table."""
    tree = record["prompt"]
    tree = json.loads(tree) if isinstance(tree, str) else tree
    return tree["text"], *sorted(reply["text"] for reply in tree["replies"])


_CONTENTS = {
    "raw": _in_columns("prompt", "response", "correction"),
    "sft": _in_columns("prompt", "completion"),
    "chat": _chat,
    "openai_chat": _chat,
    "sharegpt": _sharegpt,
    "preference": _in_columns("prompt", "chosen", "rejected"),
    "openai_dpo": _openai_dpo,
    "kto": _in_columns("prompt", "completion", "label"),
    "attributes": _in_columns("prompt", "response"),
    "oasst": _oasst,
    "feedback_log": _in_columns("input", "response", "feedback"),
}
