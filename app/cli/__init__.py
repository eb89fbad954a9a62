"""Commands of the `flask` program, one file a noun."""

from flask import Flask

from app.cli import (
    api_key,
    check,
    dataset,
    feedback,
    imports,
    people,
    points,
    receipt,
    setup,
    token,
    worker,
)


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(api_key.group)
    app.cli.add_command(check.check)
    app.cli.add_command(dataset.group)
    app.cli.add_command(feedback.group)
    app.cli.add_command(imports.import_file)
    app.cli.add_command(people.group)
    app.cli.add_command(points.group)
    app.cli.add_command(receipt.group)
    app.cli.add_command(setup.setup_initial_data)
    app.cli.add_command(token.token)
    app.cli.add_command(worker.worker)
