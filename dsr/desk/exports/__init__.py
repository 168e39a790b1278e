"""Packages for data subjects: prepared, offered by a link with a password, opened, downloaded, purged.

`ExportDesk` is what others call. Each of its verbs is a function over one `Packages` (`packages.py`).
Source: GDPR Art. 5(1)(e), 15(3), 20.
"""

from dsr.desk.exports import download, offer, packages, prepare, preview, purge, redeem
from dsr.desk.exports.download import SessionPackage
from dsr.desk.exports.links import ExportLinks, Link, export_links
from dsr.desk.exports.packages import can_be_fetched
from dsr.desk.exports.purge import Purged
from dsr.desk.exports.redeem import DownloadSession


class ExportDesk(packages.Packages):
    """The use cases of packages."""

    view = packages.view
    of_case = packages.of_case
    require_package = packages.require_package
    digest = packages.digest

    prepare = prepare.prepare
    preview = preview.preview

    link = offer.link
    renew = offer.renew
    ask_for_link = offer.ask_for_link
    revoke = offer.revoke
    offer = offer.offer

    redeem_signed_in = redeem.redeem_signed_in
    redeem = redeem.redeem

    package = download.package
    read = download.read
    download = download.download

    purge_due = purge.purge_due


__all__ = [
    "DownloadSession",
    "ExportDesk",
    "ExportLinks",
    "Link",
    "Purged",
    "SessionPackage",
    "can_be_fetched",
    "export_links",
]
