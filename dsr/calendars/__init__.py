"""Where calendars come from: nationwide public holidays and the time zones of capitals.

The only room that knows the `holidays` package. What it resolves is stored with the record of processing.
"""

from dsr.calendars.resolution import resolve
from dsr.calendars.zones import CountryUnknown, ZoneUnknown, capital_zone

__all__ = ["CountryUnknown", "ZoneUnknown", "capital_zone", "resolve"]
