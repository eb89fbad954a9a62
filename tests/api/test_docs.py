"""Swagger UI, from this service and from nowhere else; contracts/ has the document itself."""

import re

import pytest

from tests.world import problem


def test_the_page_loads_only_what_is_served_here(client):
    answer = client.get("/docs")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "://" not in answer.text
    wanted = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert len(wanted) == 3
    for path in wanted:
        asset = client.get(path)
        assert asset.status_code == 200
        assert asset.mimetype in {"text/css", "text/javascript"}
        asset.close()


def test_what_starts_the_page_names_the_document(client):
    assert "/openapi.json" in client.get("/docs/start.js").text


@pytest.mark.parametrize("name", ["nothing.js", "index.html", "..%2F__init__.py", "../setup.py"])
def test_other_files_are_not_served(client, name):
    problem(client.get(f"/docs/{name}"), 404, "not_found")
