"""The OpenAPI document and Swagger UI, served from installed packages, never from a CDN."""

from importlib.resources import files

import orjson
from flask import Blueprint, Flask, Response, current_app, send_from_directory
from flask_smorest import Api
from werkzeug.routing import PathConverter

from app.api import document
from app.api.document_parts import LICENSE, RULES, TITLE, VERSION
from app.api.person_path import USER_ID, PersonPath
from app.api.schemas.fields import MODEL_ID
from app.errors import NotFound

blueprint = Blueprint("docs", __name__)
_ASSETS = files("flask_swagger_ui") / "dist"
# The package brings pages, too, which nobody here needs.
_SERVED = frozenset({"swagger-ui.css", "swagger-ui-bundle.js"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PAGE = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{TITLE}</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_SHOWN = (
    ("docs.openapi", "Return this document.", "application/json", "object"),
    ("docs.page", "Show this document, to read and to try.", "text/html", "string"),
)
_START = "SwaggerUIBundle({url: '/openapi.json', dom_id: '#swagger-ui'});\n"


class ProblemApi(Api):  # type: ignore[misc]  # The library has no types.
    """flask-smorest's Api; errors are problem documents of ours."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave errors to the one table in ``api/errors.py``."""

    def _register_responses(self) -> None:
        """Leave problems to ``api/document.py``, and likewise the next two."""

    _register_etag_headers = _register_pagination_header = _register_responses


def register(app: Flask) -> Api:
    """Register the documentation's routes and return the Api that collects operations."""
    app.config.update(
        API_TITLE=TITLE,
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX=None,
    )
    api = ProblemApi(
        app,
        spec_kwargs={
            "info": {"description": RULES, "license": LICENSE},
            "servers": [{"url": "/", "description": "This installation"}],
            "marshmallow_plugin": document.SchemaPlugin(),
        },
    )
    # Every other path of ours that takes slashes takes a model id.
    api.register_converter(PathConverter, lambda _: MODEL_ID)
    api.register_converter(PersonPath, lambda _: USER_ID)
    document.register(api.spec)
    app.extensions["openapi"] = api
    app.register_blueprint(blueprint)
    for endpoint, summary, content_type, kind in _SHOWN:
        document.show(
            app, api.spec, endpoint, summary=summary, content_type=content_type, kind=kind
        )
    return api


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Return the OpenAPI document."""
    made = current_app.extensions
    if "openapi_document" not in made:
        made["openapi_document"] = orjson.dumps(made["openapi"].spec.to_dict())
    return Response(made["openapi_document"], mimetype="application/json")


@blueprint.get("/docs")
def page() -> Response:
    """Return the page that shows the document."""
    response = Response(_PAGE, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@blueprint.get("/docs/<name>")
def asset(name: str) -> Response:
    """Return a file of Swagger UI."""
    if name == "start.js":
        return Response(_START, mimetype="text/javascript")
    if name not in _SERVED:
        raise NotFound("there is no such file of the documentation")
    return send_from_directory(str(_ASSETS), name, max_age=86_400)
