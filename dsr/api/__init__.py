"""The REST API: each view reads HTTP, calls the desk once, and answers JSON."""

from dsr.api.app import create_app

__all__ = ["create_app"]
