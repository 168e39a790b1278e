"""The REST interface: HTTP in, one call of the desk, JSON out."""

from dsr.api.app import create_app

__all__ = ["create_app"]
