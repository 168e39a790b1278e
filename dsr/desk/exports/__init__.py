"""Packages for data subjects: prepared, offered by a link with a second secret, redeemed once, downloaded, purged.

Source: GDPR Art. 5(1)(e), 15(3), 20.
"""

from dsr.desk.exports.delivering import Delivering, Package, Purged, Session
from dsr.desk.exports.links import ExportLinks, Link, export_links
from dsr.desk.exports.preparing import Preparing
from dsr.desk.exports.room import can_be_fetched


class ExportDesk(Preparing, Delivering):
    """prepare; offer, revoke; redeem, download; purge."""


__all__ = ["ExportDesk", "ExportLinks", "Link", "Package", "Purged", "Session", "can_be_fetched", "export_links"]
