"""A model that answers in 20 ms, or streams for two seconds: the least a server can do."""

import asyncio
import json
import sys

SECONDS = 0.02
STREAM_SECONDS = 2.0
TOKENS = 40
_WORD = " statistics"
STREAMED = TOKENS * _WORD
ENDPOINT = "acme--echo-1-0a1b2c3d-202611210900"
_ANSWERS = {
    "/endpoints": {
        "status": "success",
        "endpoints": [{"EndpointName": ENDPOINT, "EndpointStatus": "InService"}],
    },
    f"/config/{ENDPOINT}": {
        "deployment": {},
        "models": [{"id": "acme/echo-1", "task": "text-generation", "version": "1.0"}],
    },
    "/health": {"status": "healthy"},
}
_GENERATED = [{"generated_text": "Machine learning is a kind of statistics. " * 5}]


def _reply(value: object) -> bytes:
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


_REPLIES = {path: _reply(value) for path, value in _ANSWERS.items()}
_ANSWER = _reply(_GENERATED)
_CHATTED = _reply(
    {
        "choices": [
            {"message": {"role": "assistant", "content": STREAMED}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 12, "completion_tokens": TOKENS},
    }
)
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)


def _chunk(delta: dict[str, str], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return _framed(b"data: " + json.dumps({"id": "c-1", "choices": [choice]}).encode() + b"\n\n")


def _framed(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


_TOKEN = _chunk({"content": _WORD})
_END = _chunk({}, "stop") + _framed(b"data: [DONE]\n\n") + b"0\r\n\r\n"


async def _stream(writer: asyncio.StreamWriter) -> None:
    writer.write(_STREAM_HEAD)
    for _ in range(TOKENS):
        writer.write(_TOKEN)
        await asyncio.sleep((STREAM_SECONDS - SECONDS) / TOKENS)
    writer.write(_END)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split(" ", 2)[1]
            length = head.lower().partition("content-length:")[2].split("\r\n", 1)[0]
            body = await reader.readexactly(int(length)) if length else b""
            if path not in _REPLIES:
                await asyncio.sleep(SECONDS)
            if b'"stream"' in body:
                await _stream(writer)
            else:
                writer.write(_reply_to(path))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _reply_to(path: str) -> bytes:
    return _CHATTED if path == "/chat/completions" else _REPLIES.get(path, _ANSWER)


async def _main(port: int) -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
