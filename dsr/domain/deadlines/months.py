"""Arithmetic of calendar months as the law counts them."""

from calendar import monthrange
from datetime import date


def add_months(day: date, months: int) -> date:
    """The same day number `months` later, or the last day of a shorter month (Reg. 1182/71 Art. 3(2)(c))."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
