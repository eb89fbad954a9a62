"""HTTP in and out."""

from flask import Flask

from app.api import (
    asking_context,
    auth,
    completions,
    dataset,
    dataset_versions,
    decisions,
    dimensions,
    docs,
    errors,
    events,
    exports,
    feedback,
    feedback_imports,
    gold,
    imports,
    insights,
    interactions,
    jobs,
    json_format,
    leases,
    limits,
    messages,
    models,
    openai_models,
    operations,
    people,
    personal_data,
    pins,
    policies,
    preferences,
    priority,
    privacy,
    progress,
    prompts,
    requests_log,
    responses,
    signals,
    usage,
    validation,
    variants,
)
from app.api.context import provide
from app.api.model_path import AnyPath
from app.api.person_path import PersonPath
from app.api.request_body import bound_body
from app.api.slashes import StripTrailingSlash
from app.clients.remotes import Remotes
from app.config import Config

_BLUEPRINTS = (
    interactions.blueprint,
    imports.blueprint,
    prompts.blueprint,
    messages.blueprint,
    responses.blueprint,
    variants.blueprint,
    pins.blueprint,
    feedback.blueprint,
    feedback_imports.blueprint,
    preferences.blueprint,
    priority.blueprint,
    dimensions.blueprint,
    validation.blueprint,
    leases.blueprint,
    decisions.blueprint,
    policies.blueprint,
    gold.blueprint,
    insights.blueprint,
    progress.blueprint,
    people.blueprint,
    signals.blueprint,
    dataset.blueprint,
    dataset_versions.blueprint,
    exports.blueprint,
    events.blueprint,
    jobs.blueprint,
    usage.blueprint,
    personal_data.blueprint,
    privacy.blueprint,
    models.blueprint,
    completions.blueprint,
    openai_models.blueprint,
    operations.blueprint,
)


def register(app: Flask, config: Config, remotes: Remotes) -> None:
    """Wire everything HTTP into the application; the order of the hooks is the order here."""
    provide(app, config, remotes)
    asking_context.register(app)
    # "//" in a path is an empty segment of a model id: refused, not redirected.
    app.url_map.merge_slashes = False
    app.url_map.converters["path"] = AnyPath
    app.url_map.converters["person"] = PersonPath
    # Every method of every route is declared; what is not is 405, OPTIONS too.
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    json_format.register(app)
    errors.register(app)
    requests_log.register(app)
    bound_body(app, config)
    auth.register(app)
    limits.register(app, config, remotes.cache)
    documented = docs.register(app)
    for blueprint in _BLUEPRINTS:
        documented.register_blueprint(blueprint)
    app.wsgi_app = StripTrailingSlash(app.wsgi_app)  # type: ignore[method-assign]
