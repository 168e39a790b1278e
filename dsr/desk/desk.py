"""All use cases in one place, for the API, the command line and tests."""

from dataclasses import dataclass

from dsr.desk.answers import AnswerDesk
from dsr.desk.casebook import Casebook
from dsr.desk.collection import CollectionDesk
from dsr.desk.deadlines import DeadlineDesk
from dsr.desk.disclosures import DisclosureDesk
from dsr.desk.entry import EntryDesk
from dsr.desk.exports import ExportDesk, ExportLinks
from dsr.desk.history import HistoryDesk
from dsr.desk.identity import IdentityDesk
from dsr.desk.items import ItemDesk
from dsr.desk.mail import MailDesk
from dsr.desk.quarantine import QuarantineDesk
from dsr.desk.ropa import RopaDesk
from dsr.desk.staff import StaffDesk
from dsr.desk.tokens import Tokens
from dsr.desk.triage import TriageDesk
from dsr.mailbox.limits import MailLimits


@dataclass(frozen=True)
class Limits:
    """How much, and for how long."""

    mail: MailLimits
    max_upload_bytes: int
    token_days: int
    export_days: int


class Desk:
    """The use cases by subject."""

    def __init__(self, book: Casebook, *, tokens: Tokens, links: ExportLinks, limits: Limits) -> None:
        self.book = book
        self.quarantine = QuarantineDesk(book)
        self.mail = MailDesk(book, self.quarantine, limits.mail)
        self.entry = EntryDesk(book, self.quarantine)
        self.staff = StaffDesk(book, tokens, limits.token_days)
        self.history = HistoryDesk(book)
        self.triage = TriageDesk(book, self.staff)
        self.identity = IdentityDesk(book)
        self.deadlines = DeadlineDesk(book)
        self.items = ItemDesk(book)
        self.answers = AnswerDesk(book)
        self.disclosures = DisclosureDesk(book)
        self.collection = CollectionDesk(book, limits.max_upload_bytes)
        self.exports = ExportDesk(book, links, export_days=limits.export_days)
        self.ropa = RopaDesk(book)
