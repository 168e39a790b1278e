"""The clock port: commands are told the time, replay never reads it."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Port: the current time."""

    def now(self) -> datetime:
        """The present instant; timezone-aware, in UTC."""
