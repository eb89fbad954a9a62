"""A local Model Service: the contract of the real one in front of a small model."""

from devstack.model_service.server import ModelServer, start

__all__ = ["ModelServer", "start"]
