"""The page of the data subject: HTML made by us, no script, nothing from another host, four languages."""

from dsr.api.my.pages import register_my

__all__ = ["register_my"]
