"""Conversations, prompts and responses, as examples."""

from app.api.examples.story import (
    ANSWER,
    ANSWERED,
    ENDPOINT,
    INTERACTION_ID,
    MODEL,
    PROMPT_ID,
    QUESTION,
    RESPONSE_ID,
    STARTED,
)

INTERACTION = {
    "id": INTERACTION_ID,
    "user_id": "alice",
    "model_id": MODEL,
    "model_version": None,
    "title": "Basics",
    "status": "active",
    "system_prompt": "Answer in one sentence.",
    "settings": {},
    "metadata": {"course": 101},
    "training_consent": True,
    "consent_policy": "1",
    "consent_at": STARTED,
    "version": 1,
    "created_at": STARTED,
    "updated_at": STARTED,
    "ended_at": None,
}
INTERACTION_WITH_COUNT = {**INTERACTION, "message_count": 2}
PROMPT = {
    "id": PROMPT_ID,
    "interaction_id": INTERACTION_ID,
    "sequence": 1,
    "content": QUESTION,
    "context": None,
    "parameters": {"temperature": 0.2},
    "chosen_response_id": None,
    "created_at": STARTED,
}
RESPONSE = {
    "id": RESPONSE_ID,
    "prompt_id": PROMPT_ID,
    "status": "complete",
    "content": ANSWER,
    "model_id": MODEL,
    "model_version": "1.0",
    "endpoint_name": ENDPOINT,
    "provider": "model_service",
    "finish_reason": "stop",
    "usage": {"prompt_tokens": 14, "completion_tokens": 9},
    "latency_ms": 1840,
    "first_token_ms": None,
    "error": None,
    "created_at": STARTED,
    "completed_at": ANSWERED,
}
EXCHANGE = {"prompt": PROMPT, "response": RESPONSE}
CANCELLED = {
    **RESPONSE,
    "status": "cancelled",
    "content": ANSWER[:24],
    "finish_reason": "cancelled",
    "usage": {"prompt_tokens": None, "completion_tokens": None},
    "endpoint_name": None,
    "provider": None,
    "latency_ms": None,
    "first_token_ms": 210,
}
PENDING = {
    **RESPONSE,
    "status": "pending",
    "content": None,
    "finish_reason": None,
    "usage": {"prompt_tokens": None, "completion_tokens": None},
    "endpoint_name": None,
    "provider": None,
    "latency_ms": None,
    "completed_at": None,
}
MESSAGE = {
    "id": PROMPT_ID,
    "interaction_id": INTERACTION_ID,
    "role": "user",
    "content": QUESTION,
    "created_at": STARTED,
    "updated_at": STARTED,
}
ANSWER_MESSAGE = {
    **MESSAGE,
    "id": RESPONSE_ID,
    "role": "assistant",
    "content": ANSWER,
    "updated_at": ANSWERED,
}
ACCEPTED_MESSAGE = {
    "message": MESSAGE,
    "response_id": RESPONSE_ID,
    "job_id": PROMPT_ID,
    "response": PENDING,
}
EVENTS_OF_AN_ANSWER = (
    f'event: prompt\ndata: {{"prompt_id":"{PROMPT_ID}","response_id":"{RESPONSE_ID}"}}\n\n'
    'event: token\nid: 0\ndata: {"index":0,"text":"Machine"}\n\n'
    f'event: response\ndata: {{"id":"{RESPONSE_ID}","status":"complete"}}\n\n'
)
CONTEXT = {
    "response_id": RESPONSE_ID,
    "model_id": MODEL,
    "kind": "chat",
    "content": None,
    "context": None,
    "messages": [
        {"role": "system", "content": "Answer in one sentence."},
        {"role": "user", "content": QUESTION},
    ],
    "template": None,
    "text": None,
    "memory": {
        "tokens": 26,
        "room_tokens": 1533,
        "counted_by": "estimate",
        "is_estimate": True,
        "dropped_turns": 0,
        "dropped_tokens": 0,
    },
    "parameters": {"temperature": 0.2},
}
HISTORY = {
    "interaction_id": INTERACTION_ID,
    "messages": [
        {
            "id": PROMPT_ID,
            "role": "user",
            "content": QUESTION,
            "created_at": STARTED,
            "prompt_id": PROMPT_ID,
            "response_id": None,
            "status": None,
            "rating": None,
            "pinned": False,
        },
        {
            "id": RESPONSE_ID,
            "role": "assistant",
            "content": ANSWER,
            "created_at": ANSWERED,
            "prompt_id": PROMPT_ID,
            "response_id": RESPONSE_ID,
            "status": "complete",
            "rating": "like",
            "pinned": False,
        },
    ],
    "next_cursor": None,
}
REPLAY = {
    "id": INTERACTION_ID,
    "status": "active",
    "model": {"id": MODEL, "metadata": {"course": 101}},
    "messages": [
        {
            "id": PROMPT_ID,
            "conversation_id": INTERACTION_ID,
            "role": "user",
            "content": QUESTION,
            "rating": "",
            "feedback": "",
            "timestamp": STARTED,
        }
    ],
    "last": "00000000000002fd0000000000000002",
}
USAGE = {
    "day": ANSWERED[:10],
    "budget": 50000,
    "used": {"prompt_tokens": 1830, "completion_tokens": 4211},
    "reserved": 540,
    "remaining": 43419,
    "requests": 12,
}
