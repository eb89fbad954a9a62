"""Logs are one JSON object a line, whoever writes them."""

import json
import subprocess
import sys

PROGRAM = """
import logging, structlog, sys
from uuid import UUID
from app.utils import logs
logs.configure(sys.argv[1])
structlog.contextvars.bind_contextvars(request_id="abc")
structlog.get_logger().info("ours", number=1, strange=UUID(int=1))
structlog.get_logger().debug("ours.detail")
logging.getLogger("library").warning("theirs %s", "said")
logging.getLogger("library").info("theirs in detail")
logging.getLogger("botocore.endpoint").debug("a request with all that is in it")
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger().exception("ours.failed")
    logging.getLogger("library").exception("theirs failed")
"""


def lines(level):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, level], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_every_line_is_an_object_with_what_is_known_of_the_request():
    told = lines("DEBUG")
    assert [line["event"] for line in told] == [
        "ours",
        "ours.detail",
        "theirs said",
        "theirs in detail",
        "ours.failed",
        "theirs failed",
    ]
    assert {line["request_id"] for line in told} == {"abc"}
    assert all(line["timestamp"].endswith("Z") for line in told)
    ours, *_ = told
    assert (ours["level"], ours["number"]) == ("info", 1)
    assert ours["strange"] == "00000000-0000-0000-0000-000000000001"
    assert {line["logger"] for line in told if "theirs" in line["event"]} == {"library"}
    for failed in told[-2:]:
        assert failed["level"] == "error"
        assert "ZeroDivisionError" in failed["exception"]


def test_what_is_below_the_level_is_not_told():
    told = [line["event"] for line in lines("WARNING")]
    assert told == ["theirs said", "ours.failed", "theirs failed"]


def test_what_is_asked_of_aws_is_told_at_no_level():
    assert [line for line in lines("DEBUG") if line.get("logger", "").startswith("botocore")] == []
