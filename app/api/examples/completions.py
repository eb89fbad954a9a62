"""Chat completions and models in OpenAI's forms, as examples."""

from app.api.examples.story import (
    ANSWER,
    INTERACTION_ID,
    MODEL,
    QUESTION,
    RESPONSE_ID,
)

_CREATED = 1_795_251_600
_ID = f"chatcmpl-{RESPONSE_ID}"

REQUEST = {
    "model": MODEL,
    "messages": [
        {"role": "system", "content": "Answer in one sentence."},
        {"role": "user", "content": QUESTION},
    ],
    "temperature": 0.2,
}
COMPLETION = {
    "id": _ID,
    "object": "chat.completion",
    "created": _CREATED,
    "model": MODEL,
    "interaction_id": INTERACTION_ID,
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": ANSWER, "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
            "response_id": RESPONSE_ID,
        }
    ],
    "usage": {"prompt_tokens": 14, "completion_tokens": 9, "total_tokens": 23},
}
CHUNKS = (
    f'data: {{"id":"{_ID}","object":"chat.completion.chunk","created":{_CREATED},'
    f'"model":"{MODEL}","interaction_id":"{INTERACTION_ID}","choices":[{{"index":0,'
    '"delta":{"content":"Machine"},"logprobs":null,"finish_reason":null}]}\n\n'
    "data: [DONE]\n\n"
)
OPENAI_MODEL = {"id": MODEL, "object": "model", "created": _CREATED, "owned_by": "model_service"}
OPENAI_MODELS = {"object": "list", "data": [OPENAI_MODEL]}
