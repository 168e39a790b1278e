"""Attempts to sign in or to open a link, counted per network for all processes (`dsr.desk.attempts`)."""

from dsr.api.context import client_address, desk
from dsr.api.errors import RateLimited


def count_attempt() -> None:
    """Count one attempt of the visitor's network. Raises RateLimited."""
    seconds = desk().attempts.count(client_address())
    if seconds:
        raise RateLimited(retry_after=seconds)
