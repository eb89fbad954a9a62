"""An import of feedback, as an example."""

import json

from app.api.examples.story import ANSWER, MODEL, QUESTION, STARTED

_FEEDBACK = (
    {
        "external_id": "rating-1",
        "source": "our-old-tool",
        "user_id": "kim",
        "created_at": STARTED,
        "prompt": QUESTION,
        "response": ANSWER,
        "model_id": MODEL,
        "rating": "like",
        "dimension_ratings": [{"dimension_id": "accuracy", "score": 4}],
        "overall_comment": "Short and right.",
    },
    {
        "external_id": "rating-2",
        "source": "our-old-tool",
        "user_id": "kim",
        "conversation_id": "chat-1",
        "turn": 1,
        "dimension_ratings": [{"dimension_id": "wit", "score": 2}],
    },
)
LINES = "".join(f"{json.dumps(one)}\n" for one in _FEEDBACK)
CSV_ROWS = (
    "external_id,user_id,conversation_id,turn,rating,score:accuracy,why:accuracy\r\n"
    "rating-3,kim,chat-1,1,like,5,Every date is right.\r\n"
)
REPORT = {
    "accepted": 1,
    "repeated": 0,
    "refused_count": 1,
    "refused": [
        {
            "line": 2,
            "problem": {
                "code": "invalid",
                "detail": "the ratings do not fit",
                "errors": {
                    "dimension_ratings.0.dimension_id": [
                        "there is no dimension 'wit' for this model",
                        "POST /dimensions creates one, dimension= maps scores to another",
                    ]
                },
            },
        }
    ],
}
