"""Tells members of staff what waits for them: who is told, when, and in one mail for all that is due."""

from dsr.desk.telling.choices import TellingChoiceDesk
from dsr.desk.telling.telling import TellingDesk
from dsr.desk.telling.waits import TELLING_EVENTS

__all__ = ["TELLING_EVENTS", "TellingChoiceDesk", "TellingDesk"]
