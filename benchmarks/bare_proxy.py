"""The rival: a bare Flask proxy on pooled urllib3 that stores nothing."""

import os

import urllib3
from flask import Flask, Response, request

app = Flask(__name__)
_pool = urllib3.PoolManager(maxsize=128, timeout=30)
_url = os.environ["MODEL_URL"]


@app.post("/prompts")
def forward() -> Response:
    """Pass the prompt on and the answer back."""
    body = request.get_json()
    reply = _pool.request("POST", _url, json={"query": body["content"]})
    return Response(reply.data, status=201, mimetype="application/json")
