#!/bin/sh
# What a container of this image can be; docker-compose.yml names one of these.
set -eu

usage() {
    echo "usage: entrypoint.sh web|worker|migrate|setup|check" >&2
    exit 64
}

# Settings are checked first, so that a wrong one is said at once and not after a wait.
wait_for_database() {
    python - <<'PYTHON'
import os
import sys
import time

import psycopg2

from app.config import Config
from app.errors import ConfigurationError

try:
    url = Config.from_environment(os.environ).database_url
except ConfigurationError as refused:
    print(refused, file=sys.stderr)
    sys.exit(78)

give_up = time.monotonic() + 60
while True:
    try:
        psycopg2.connect(url, connect_timeout=5).close()
        sys.exit(0)
    except psycopg2.OperationalError as error:
        if time.monotonic() > give_up:
            print(f"no database after a minute: {error}".strip(), file=sys.stderr)
            sys.exit(75)
        time.sleep(0.5)
PYTHON
}

# Any number of containers may start together: the migrations take a lock.
migrate() {
    wait_for_database
    flask --app app db upgrade
}

case "${1:-}" in
    web)
        migrate
        exec gunicorn -c gunicorn.conf.py 'app:create_app()'
        ;;
    worker)
        migrate
        exec flask --app app worker
        ;;
    migrate)
        migrate
        ;;
    setup)
        migrate
        exec flask --app app setup-initial-data
        ;;
    check)
        exec flask --app app check
        ;;
    *)
        usage
        ;;
esac
