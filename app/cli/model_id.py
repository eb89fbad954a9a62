"""Ids of models as arguments of commands."""

import click

from app.domain.model_id import model_id_fault


class ModelId(click.ParamType[str]):
    """An id that the service can store and put into a path."""

    name = "model_id"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it as it is; end with what is wrong with it otherwise."""
        if fault := model_id_fault(value):
            self.fail(fault, param, ctx)
        return value
