"""Structured logs: one JSON object a line, written to standard error."""

import logging
import sys

import orjson
import structlog

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(level: str) -> None:
    """Set up structlog and route the standard library's logging through the same form."""
    structlog.configure(
        processors=[
            *_SHARED,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(serializer=_line),
            ],
        )
    )
    # The task queue tells of every step at INFO; what goes wrong is enough.
    logging.getLogger("procrastinate").setLevel(max(logging.WARNING, _number(level)))
    # boto3 tells whole requests at DEBUG: prompts, and what they are signed with.
    logging.getLogger("botocore").setLevel(max(logging.INFO, _number(level)))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def _number(level: str) -> int:
    """Return the number of a level's name."""
    return logging.getLevelNamesMapping()[level]


def _line(value: object, **_: object) -> str:
    return orjson.dumps(value, default=str).decode()
