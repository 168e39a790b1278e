"""All use cases in one place, for the API, the command line and tests."""

from dataclasses import dataclass

from dsr.desk.access_information import AccessInformationDesk
from dsr.desk.announcements import AnnouncementDesk
from dsr.desk.answers import AnswerDesk
from dsr.desk.attempts import Attempts
from dsr.desk.audits import AuditDesk
from dsr.desk.authority_disclosures import AuthorityDisclosureDesk
from dsr.desk.automated_decision import AutomatedDecisionDesk
from dsr.desk.bulk import BulkDesk
from dsr.desk.casebook import Casebook
from dsr.desk.collection import CollectionDesk
from dsr.desk.consent import ConsentDesk
from dsr.desk.deadlines import DeadlineDesk
from dsr.desk.disclosures import DisclosureDesk
from dsr.desk.dispatching import DispatchDesk, Outbox
from dsr.desk.duplicates import DuplicateDesk
from dsr.desk.entry import EntryDesk
from dsr.desk.exports import ExportDesk, ExportLinks
from dsr.desk.fees import FeeDesk
from dsr.desk.hand_over import HandOverDesk
from dsr.desk.history import HistoryDesk
from dsr.desk.holds import HoldDesk
from dsr.desk.identity import IdentityDesk
from dsr.desk.inbox import InboxDesk
from dsr.desk.information import InformationDesk
from dsr.desk.items import ItemDesk
from dsr.desk.mail import MailDesk
from dsr.desk.my import MyDesk
from dsr.desk.objection import ObjectionDesk
from dsr.desk.own_erasures import OwnErasureDesk
from dsr.desk.quarantine import QuarantineDesk
from dsr.desk.recipients import RecipientDesk
from dsr.desk.rectification import RectificationDesk
from dsr.desk.redaction import RedactionDesk
from dsr.desk.representation import RepresentationDesk
from dsr.desk.restriction import RestrictionDesk
from dsr.desk.rights import RightsDesk
from dsr.desk.ringing import RingingDesk
from dsr.desk.ropa import RopaDesk
from dsr.desk.saved_filters import SavedFilterDesk
from dsr.desk.search import SearchDesk
from dsr.desk.sign_in_codes import SignInCodes
from dsr.desk.sign_in_mail import SignInMail
from dsr.desk.signing import SigningDesk
from dsr.desk.staff import StaffDesk
from dsr.desk.sweeping import SweepDesk
from dsr.desk.tokens import Tokens
from dsr.desk.transfer import TransferDesk
from dsr.desk.triage import TriageDesk
from dsr.desk.upload_shelf import UploadShelf
from dsr.desk.uploads import UploadDesk
from dsr.desk.work_addresses import WorkAddresses
from dsr.domain.handing_over import HandOverTransport
from dsr.domain.messages import MessageTransport
from dsr.letters import Templates
from dsr.mailbox.limits import MailLimits


@dataclass(frozen=True)
class Limits:
    """How much, and for how long."""

    mail: MailLimits
    max_upload_bytes: int
    max_attachment_bytes: int
    upload_days: int
    token_days: int
    export_days: int


class Desk:
    """The use cases by subject."""

    def __init__(
        self,
        book: Casebook,
        *,
        tokens: Tokens,
        links: ExportLinks,
        sign_in_codes: SignInCodes,
        attempts: Attempts,
        transport: MessageTransport,
        templates: Templates,
        hand_over_transport: HandOverTransport,
        public_url: str,
        limits: Limits,
    ) -> None:
        self.book = book
        self.quarantine = QuarantineDesk(book)
        self.mail = MailDesk(book, self.quarantine, limits.mail)
        self.entry = EntryDesk(book, self.quarantine)
        self.staff = StaffDesk(book, tokens, limits.token_days)
        self.work_addresses = WorkAddresses(book)
        self.history = HistoryDesk(book)
        self.triage = TriageDesk(book, self.staff)
        self.bulk = BulkDesk(book, self.triage, self.staff)
        self.duplicates = DuplicateDesk(book)
        self.saved_filters = SavedFilterDesk(book)
        self.identity = IdentityDesk(book, limits.max_upload_bytes)
        self.deadlines = DeadlineDesk(book)
        self.audits = AuditDesk(book, self.deadlines)
        self.fees = FeeDesk(book)
        self.ringing = RingingDesk(book, self.fees)
        self.representation = RepresentationDesk(book)
        shelf = UploadShelf(book.database, book.clock, days=limits.upload_days)
        self.items = ItemDesk(book, shelf)
        self.holds = HoldDesk(book)
        self.recipients = RecipientDesk(book)
        self.rights = RightsDesk(book)
        self.answers = AnswerDesk(book)
        self.disclosures = DisclosureDesk(book, limits.mail)
        self.collection = CollectionDesk(book, limits.max_upload_bytes)
        self.uploads = UploadDesk(book, shelf, max_attachment_bytes=limits.max_attachment_bytes)
        self.sweeping = SweepDesk(book, self.uploads)
        self.signing = SigningDesk(book)
        self.exports = ExportDesk(book, links, self.signing, shelf, export_days=limits.export_days)
        self.dispatching = DispatchDesk(
            book,
            Outbox(book.database),
            transport,
            templates,
            links,
            self.work_addresses,
            public_url=public_url,
        )
        self.inbox = InboxDesk(book, self.mail, self.dispatching)
        self.attempts = attempts
        self.my = MyDesk(book, sign_in_codes)
        self.sign_in_mail = SignInMail(book, sign_in_codes, transport)
        self.redaction = RedactionDesk(book)
        self.access_information = AccessInformationDesk(book, self.disclosures)
        self.rectification = RectificationDesk(book)
        self.restriction = RestrictionDesk(book)
        self.objection = ObjectionDesk(book)
        self.consent = ConsentDesk(book)
        self.automated_decision = AutomatedDecisionDesk(book, self.staff)
        self.information = InformationDesk(book)
        self.transfer = TransferDesk(book, self.exports)
        self.hand_overs = HandOverDesk(book, self.exports, self.signing, hand_over_transport, public_url=public_url)
        self.ropa = RopaDesk(book)
        self.announcements = AnnouncementDesk(book)
        self.search = SearchDesk(book)
        self.own_erasures = OwnErasureDesk(book, self.staff)
        self.authority_disclosures = AuthorityDisclosureDesk(book)
