"""Sources of calendars: nationwide public holidays, and the time zones of capitals.

Only this package uses `holidays`; its results are stored with the record of processing.
"""

from dsr.calendars.hypothetical import explain_hypothetical
from dsr.calendars.resolution import resolve
from dsr.calendars.zones import CountryUnknown, ZoneUnknown, capital_zone

__all__ = ["CountryUnknown", "ZoneUnknown", "capital_zone", "explain_hypothetical", "resolve"]
