"""Served models, as examples."""

from app.api.examples.story import MODEL, STARTED

OPENAI_MODEL = {
    "model_id": "openai/gpt-4o-mini",
    "provider": "openai",
    "settings": {
        "url": "https://api.openai.com/v1",
        "model": "gpt-4o-mini",
        "api_key_env": "MODEL_OPENAI_API_KEY",
    },
    "fallbacks": [MODEL],
}
CHANGES = {"enabled": False}
MODEL_SERVED = {
    **OPENAI_MODEL,
    "enabled": True,
    "health": "healthy",
    "latency_ms": 412,
    "context_tokens": 128_000,
    "max_concurrency": 16,
    "version": 1,
    "created_at": STARTED,
    "updated_at": STARTED,
}
