# syntax=docker/dockerfile:1
FROM python:3.11-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

COPY requirements.txt requirements-tokenizers.txt ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-deps --only-binary :all: --require-hashes \
        -r requirements.txt -r requirements-tokenizers.txt


FROM python:3.11-slim

# FLASK_APP lets `docker-compose exec interaction-service flask db upgrade` find the service.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FLASK_APP=app

# The code belongs to root and runs as somebody else, who cannot change it.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin interaction \
    && install -d -o 10001 -m 700 /var/lib/interaction-service

WORKDIR /srv/interaction-service
COPY --from=build /opt/venv /opt/venv
COPY entrypoint.sh gunicorn.conf.py ./
COPY app app
COPY migrations migrations
RUN python -m compileall -q app migrations && chmod -R a+rX .

USER 10001:10001
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + (os.environ.get('PORT') or '8000') + '/health', timeout=4)"]

ENTRYPOINT ["./entrypoint.sh"]
CMD ["web"]
