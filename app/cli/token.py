"""flask token: tokens for development."""

from datetime import timedelta

import click
import jwt
from flask.cli import with_appcontext

from app.cli.context import config
from app.config import Config
from app.domain.access import Role
from app.utils import clock


@click.command("token")
@click.option("--user", default="dev-user", show_default=True, help="The id in the token.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([role.value for role in Role]),
    default=["user"],
    show_default=True,
)
@click.option("--hours", default=12, show_default=True, type=click.IntRange(1, 720))
@with_appcontext
def token(user: str, roles: tuple[str, ...], hours: int) -> None:
    """Print a token for development; refused where real tokens come from elsewhere."""
    settings = config()
    if not settings.development_tokens:
        raise click.ClickException(
            "this installation does not make tokens: they come from its own identity "
            "provider (for development set DEVELOPMENT_TOKENS=true)"
        )
    click.echo(signed(settings, user=user, roles=roles, hours=hours))


def signed(settings: Config, *, user: str, roles: tuple[str, ...], hours: int) -> str:
    """Return a token that this configuration accepts."""
    now = clock.now()
    claims = {
        "sub": user,
        "roles": list(roles),
        "iat": now,
        "exp": now + timedelta(hours=hours),
    }
    claims |= {"iss": settings.jwt_issuer} if settings.jwt_issuer else {}
    claims |= {"aud": settings.jwt_audience} if settings.jwt_audience else {}
    return jwt.encode(claims, settings.jwt_secret_key, algorithm=settings.jwt_algorithm)
