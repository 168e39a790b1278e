"""The clock port: commands are told the time, replay never reads it."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Port: what time it is."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
