"""A model that answers in 20 milliseconds: the least a server can do, on asyncio streams."""

import asyncio
import json
import sys

SECONDS = 0.02
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


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split(" ", 2)[1]
            length = head.lower().partition("content-length:")[2].split("\r\n", 1)[0]
            if length:
                await reader.readexactly(int(length))
            if path not in _REPLIES:
                await asyncio.sleep(SECONDS)
            writer.write(_REPLIES.get(path, _ANSWER))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _main(port: int) -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
