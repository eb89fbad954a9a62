"""python -m benchmarks [NAME ...] [--seconds N]: all of them, or the named ones."""

import argparse

from benchmarks import (
    export,
    feedback,
    freeze,
    imports,
    insights,
    lists,
    people,
    proxy,
    streams,
    validation,
)

_ALL = {
    "feedback": feedback.main,
    "proxy": proxy.main,
    "streams": streams.main,
    "lists": lists.main,
    "imports": imports.main,
    "validation": validation.main,
    "insights": insights.main,
    "export": export.main,
    "freeze": freeze.main,
    "people": people.main,
}


def main() -> None:
    """Run the named benchmarks, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", choices=[[], *_ALL], help="which ones; none: all")
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement")
    asked = parser.parse_args()
    for name in asked.names or _ALL:
        _ALL[name](asked.seconds)


if __name__ == "__main__":
    main()
