"""An import, as an example."""

import json

from app.api.examples.story import ANSWER, MODEL, QUESTION, STARTED

_CONVERSATIONS = (
    {
        "id": "chat-1",
        "model": MODEL,
        "created_at": STARTED,
        "messages": [
            {"role": "user", "content": QUESTION},
            {"role": "assistant", "content": ANSWER},
        ],
    },
    {
        "id": "choice-1",
        "messages": [{"role": "user", "content": QUESTION}],
        "responses": [
            {"content": ANSWER, "model_id": MODEL},
            {"content": "A kind of statistics.", "model_id": "acme/other"},
        ],
    },
    {
        "id": "chat-2",
        "conversations": [
            {"from": "human", "value": "Hello"},
            {"from": "gpt", "value": "Hello! How can I help?"},
        ],
    },
)
LINES = "".join(f"{json.dumps(one)}\n" for one in _CONVERSATIONS)
REPORT = {
    "accepted": 1,
    "repeated": 0,
    "refused_count": 1,
    "refused": [
        {
            "line": 2,
            "problem": {
                "code": "invalid",
                "detail": "the line names no model",
                "errors": {"model_id": ["expected it here or in the query"]},
            },
        }
    ],
}
