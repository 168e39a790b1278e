"""All use cases in one place, for the API, the command line and tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from dsr.desk.access_information import AccessInformationDesk
from dsr.desk.address_book import AddressBook
from dsr.desk.announcements import AnnouncementDesk
from dsr.desk.answers import AnswerDesk
from dsr.desk.attempts import Attempts
from dsr.desk.audits import AuditDesk
from dsr.desk.authority_disclosures import AuthorityDisclosureDesk
from dsr.desk.automated_decision import AutomatedDecisionDesk
from dsr.desk.belongings import Belongings
from dsr.desk.bulk import BulkDesk
from dsr.desk.bundles import BundleDesk, BundleProgressDesk
from dsr.desk.calendars import CalendarDesk
from dsr.desk.case_reports import CaseReportDesk
from dsr.desk.challenges import Challenges
from dsr.desk.claims import ClaimDesk
from dsr.desk.collection import CollectionDesk
from dsr.desk.consent import ConsentDesk
from dsr.desk.credential_mail import CredentialMail
from dsr.desk.credential_outbox import CredentialMails
from dsr.desk.deadlines import DeadlineDesk
from dsr.desk.deliveries import DeliveryDesk
from dsr.desk.destroying import Destroyer
from dsr.desk.disclosures import DisclosureDesk
from dsr.desk.dispatching import DispatchDesk, Outbox
from dsr.desk.dpo_notices import DpoNotices
from dsr.desk.due_dates import DueDateDesk
from dsr.desk.duplicates import DuplicateDesk
from dsr.desk.entry import EntryDesk
from dsr.desk.evidence import EvidenceDesk
from dsr.desk.exports import ExportDesk, ExportLinks
from dsr.desk.fees import FeeDesk
from dsr.desk.fences import Fences
from dsr.desk.file_forgetting import FileForgettingDesk
from dsr.desk.finishing import FinishDesk
from dsr.desk.forgetting import ForgettingDesk
from dsr.desk.form_tickets import FormLinks, FormTickets
from dsr.desk.hand_over import HandOverDesk
from dsr.desk.heartbeats import Heartbeats
from dsr.desk.history import HistoryDesk
from dsr.desk.holds import HoldDesk
from dsr.desk.identity import IdentityDesk
from dsr.desk.inbox import InboxDesk
from dsr.desk.information import InformationDesk
from dsr.desk.intake_form import IntakeFormDesk
from dsr.desk.invitations import InvitationDesk, Invitations
from dsr.desk.items import ItemDesk
from dsr.desk.mail import MailDesk
from dsr.desk.mail_copies import MailCopies, TakenLetters
from dsr.desk.matter_dates import MatterDateDesk
from dsr.desk.matter_letters import MatterLetterDesk
from dsr.desk.matter_messages import MatterMessageDesk
from dsr.desk.matter_notices import MatterNoticeDesk
from dsr.desk.matters import MatterDesk
from dsr.desk.messages import MessageDesk
from dsr.desk.my import MyDesk
from dsr.desk.next_steps import NextStepsDesk
from dsr.desk.objection import ObjectionDesk
from dsr.desk.openid_sign_in import OpenIdSignInDesk
from dsr.desk.own_erasures import OwnErasureDesk
from dsr.desk.policy_retries import ParkedCases, PolicyRetryDesk
from dsr.desk.quarantine import QuarantineDesk
from dsr.desk.questions import QuestionDesk
from dsr.desk.recipients import RecipientDesk
from dsr.desk.rectification import RectificationDesk
from dsr.desk.redaction import RedactionDesk
from dsr.desk.repository import Repository
from dsr.desk.representation import RepresentationDesk
from dsr.desk.restriction import RestrictionDesk
from dsr.desk.retention import RetentionDesk
from dsr.desk.rights import RightsDesk
from dsr.desk.ropa import RopaDesk
from dsr.desk.saved_filters import SavedFilterDesk
from dsr.desk.search import SearchDesk
from dsr.desk.search_links import SearchLinkDesk
from dsr.desk.search_lists import SearchListDesk
from dsr.desk.session_desk import SessionDesk
from dsr.desk.sign_in_codes import SignInCodes
from dsr.desk.sign_in_failures import SignInFailures
from dsr.desk.sign_in_mail import SignInMail
from dsr.desk.signing import SigningDesk
from dsr.desk.signing_in import SigningInDesk
from dsr.desk.splitting import SplittingDesk
from dsr.desk.staff import StaffDesk
from dsr.desk.staff_sessions import SessionTimes, StaffSessions
from dsr.desk.subject_access import SubjectAccessDesk
from dsr.desk.suggestions import SuggestionDesk
from dsr.desk.sweeping import SweepDesk
from dsr.desk.telling import TellingChoiceDesk, TellingDesk
from dsr.desk.tokens import Tokens
from dsr.desk.transfer import TransferDesk
from dsr.desk.triage import TriageDesk
from dsr.desk.upload_store import UploadStore
from dsr.desk.uploads import UploadDesk
from dsr.desk.work_addresses import WorkAddresses
from dsr.domain.handing_over import HandOverTransport, TeamChannel
from dsr.domain.messages import MessageTransport
from dsr.domain.reader import Reader
from dsr.domain.scanning import Scanner
from dsr.eventstore.log import Log
from dsr.evidence.checkpoint_copy import CheckpointCopy
from dsr.evidence.time_stamps import TimeStampAuthority
from dsr.evidence.witnesses import Witness
from dsr.letters import Templates
from dsr.mailbox.inbox import Inbox
from dsr.mailbox.limits import MailLimits
from dsr.openid import OpenIdProvider
from dsr.vault import FenceJournal, LogMark, PassingSecrets


@dataclass(frozen=True)
class Limits:
    """Limits of sizes and durations."""

    mail: MailLimits
    max_upload_bytes: int
    max_attachment_bytes: int
    mail_days: int
    sweep_days: int
    token_days: int
    export_days: int
    new_link_at_once: bool
    session_times: SessionTimes


class Desk:
    """The use cases by subject."""

    def __init__(  # noqa: PLR0915 - a line for each part
        self,
        repository: Repository,
        *,
        passing: PassingSecrets,
        tokens: Tokens,
        links: ExportLinks,
        sign_in_codes: SignInCodes,
        attempts: Attempts,
        form_tickets: FormTickets,
        challenges: Challenges,
        openid_provider: OpenIdProvider | None,
        upload_store: UploadStore,
        transport: MessageTransport,
        templates: Templates,
        scanner: Scanner,
        reader: Reader,
        hand_over_transport: HandOverTransport,
        team_channel: TeamChannel | None,
        log_mark: LogMark,
        log: Log,
        checkpoint_copy: CheckpointCopy | None,
        witnesses: Sequence[Witness],
        time_stamps: TimeStampAuthority | None,
        fence_journal: FenceJournal,
        unreadable_on: Callable[[], date | None],
        empty_journals: Callable[[], None],
        parked: ParkedCases,
        inbox: Inbox | None,
        outgoing: TakenLetters | None,
        public_url: str,
        limits: Limits,
    ) -> None:
        self.repository, self.attempts = repository, attempts
        self.quarantine = QuarantineDesk(repository, scanner)
        self.mail = MailDesk(repository, self.quarantine, limits.mail)
        self.calendars = CalendarDesk(repository)
        self.entry = EntryDesk(repository, self.quarantine)
        mails, codes = CredentialMails(repository.database, passing), Invitations(repository.database)
        self.address_book = AddressBook(repository)
        form_links = FormLinks(form_tickets)
        self.intake_form = IntakeFormDesk(
            repository, attempts, form_tickets, form_links, mails=mails, public_url=public_url, limits=limits.mail
        )
        dpo_notices = DpoNotices(repository, mails, self.address_book)
        sessions = StaffSessions(repository, limits.session_times)
        self.staff = StaffDesk(
            repository, tokens, sessions, token_days=limits.token_days, mails=mails, dpo_notices=dpo_notices
        )
        self.sessions = SessionDesk(repository, sessions)
        self.sign_in_failures = SignInFailures(repository)
        self.openid_sign_in = OpenIdSignInDesk(
            repository,
            self.staff,
            sessions,
            provider=openid_provider,
            challenges=challenges,
            failures=self.sign_in_failures,
            dpo_notices=dpo_notices,
            public_url=public_url,
        )
        self.signing_in = SigningInDesk(
            repository,
            self.staff,
            sessions,
            invitations=codes,
            challenges=challenges,
            failures=self.sign_in_failures,
            public_url=public_url,
        )
        self.work_addresses = WorkAddresses(repository, self.address_book, dpo_notices)
        self.invitations = InvitationDesk(
            repository, tokens, codes, mails=mails, dpo_notices=dpo_notices, token_days=limits.token_days
        )
        self.subject_access = SubjectAccessDesk(repository, tokens, sign_in_codes, mails, limits.token_days)
        self.credential_mail = CredentialMail(
            repository,
            mails,
            tokens,
            codes,
            address_book=self.address_book,
            form_links=form_links,
            transport=transport,
            public_url=public_url,
            english_if_untranslated=templates.english_if_untranslated,
        )
        self.telling = TellingDesk(
            repository,
            log,
            self.address_book,
            transport,
            channel=team_channel,
            is_parked=parked.waits_for_person,
            public_url=public_url,
            english_if_untranslated=templates.english_if_untranslated,
        )
        self.telling_choices = TellingChoiceDesk(repository)
        self.policy_retries = PolicyRetryDesk(repository, parked)
        self.history = HistoryDesk(repository)
        self.triage = TriageDesk(repository, self.staff)
        destroyer = Destroyer(
            repository,
            fence_journal,
            unreadable_on=unreadable_on,
            empty_journals=empty_journals,
            forget_copies=partial(self._forget_copies, inbox, outgoing, limits.mail_days),
        )
        self.forgetting = ForgettingDesk(repository, destroyer)
        self.file_forgetting = FileForgettingDesk(repository, destroyer)
        self.retention = RetentionDesk(repository, self.forgetting, self.file_forgetting)
        self.bulk = BulkDesk(repository, self.triage, self.staff, self.forgetting)
        self.matters = MatterDesk(repository, self.staff)
        outbox = Outbox(repository.database)
        self.matter_letters = MatterLetterDesk(
            repository, outbox, english_if_untranslated=templates.english_if_untranslated
        )
        self.matter_notices = MatterNoticeDesk(repository, self.matter_letters, outbox)
        self.matter_messages = MatterMessageDesk(repository, scanner)
        self.messages = MessageDesk(repository, self.quarantine, scanner, limits.max_upload_bytes)
        self.suggestions = SuggestionDesk(repository, reader)
        self.claims = ClaimDesk(repository)
        self.splitting = SplittingDesk(repository)
        self.duplicates = DuplicateDesk(repository)
        self.saved_filters = SavedFilterDesk(repository)
        self.identity = IdentityDesk(repository, scanner, limits.max_upload_bytes)
        self.deadlines = DeadlineDesk(repository)
        self.audits = AuditDesk(repository, self.deadlines)
        self.fees = FeeDesk(repository)
        self.due_dates = DueDateDesk(repository, self.fees)
        self.representation = RepresentationDesk(repository, tokens, sign_in_codes)
        self.items = ItemDesk(repository, upload_store)
        self.search_lists = SearchListDesk(repository)
        self.holds = HoldDesk(repository)
        self.questions = QuestionDesk(repository)
        self.recipients = RecipientDesk(repository)
        self.rights = RightsDesk(repository)
        self.answers = AnswerDesk(repository)
        self.disclosures = DisclosureDesk(repository, scanner, limits.mail)
        self.collection = CollectionDesk(repository, limits.max_upload_bytes)
        self.uploads = UploadDesk(repository, upload_store, scanner, max_attachment_bytes=limits.max_attachment_bytes)
        self.search_links = SearchLinkDesk(repository, self.search_lists, self.collection, self.uploads, passing)
        self.sweeping = SweepDesk(
            repository, self.uploads, require_whole_log=log_mark.require_reached, days=limits.sweep_days
        )
        self.heartbeats = Heartbeats(repository.database)
        self.signing = SigningDesk(repository)
        self.fences = Fences(
            repository,
            log,
            journal=fence_journal,
            mark=log_mark,
            forgetting=self.forgetting,
            file_forgetting=self.file_forgetting,
        )
        self.evidence = EvidenceDesk(
            repository, log, copy=checkpoint_copy, witnesses=witnesses, time_stamps=time_stamps
        )
        self.case_reports = CaseReportDesk(repository, log, self.audits, self.search_lists)
        self.bundles = BundleDesk(
            repository,
            log,
            audits=self.audits,
            evidence=self.evidence,
            search_lists=self.search_lists,
            case_reports=self.case_reports,
        )
        self.bundle_progress = BundleProgressDesk(repository)
        self.exports = ExportDesk(
            repository,
            links,
            self.signing,
            upload_store,
            export_days=limits.export_days,
            new_link_at_once=limits.new_link_at_once,
        )
        self.deliveries = DeliveryDesk(repository)
        self.dispatching = DispatchDesk(
            repository,
            outbox,
            transport,
            templates,
            links,
            self.address_book,
            public_url=public_url,
        )
        self.finishing = FinishDesk(repository, self.items, self.search_lists, self.exports, self.dispatching)
        self.inbox = InboxDesk(repository, self.mail, self.dispatching, self.telling)
        self.mail_copies = MailCopies(repository, self.mail, limits.mail)
        self.my = MyDesk(repository, sign_in_codes, self.messages)
        self.next_steps = NextStepsDesk(repository)
        self.sign_in_mail = SignInMail(
            repository, sign_in_codes, transport, english_if_untranslated=templates.english_if_untranslated
        )
        self.redaction = RedactionDesk(repository)
        self.access_information = AccessInformationDesk(repository, self.disclosures)
        self.rectification = RectificationDesk(repository)
        self.restriction = RestrictionDesk(repository)
        self.objection = ObjectionDesk(repository)
        self.consent = ConsentDesk(repository)
        self.automated_decision = AutomatedDecisionDesk(repository, self.staff)
        self.information = InformationDesk(repository)
        self.transfer = TransferDesk(repository, self.exports)
        self.hand_overs = HandOverDesk(
            repository, self.exports, self.signing, hand_over_transport, public_url=public_url
        )
        self.ropa = RopaDesk(repository, dpo_notices)
        self.announcements = AnnouncementDesk(repository)
        self.search = SearchDesk(repository)
        self.own_erasures = OwnErasureDesk(repository, self.staff)
        self.authority_disclosures = AuthorityDisclosureDesk(repository)
        self.matter_dates = MatterDateDesk(repository)

    def _forget_copies(
        self, inbox: Inbox | None, outgoing: TakenLetters | None, days: int, last: datetime, of: Belongings
    ) -> None:
        """Delete the plain copies of mail of a file, unless all of them are older than any copy that is kept."""
        if days and last < self.repository.now() - timedelta(days=days + 1):
            return
        self.mail_copies.forget(inbox, outgoing, streams=of.streams, letters=of.message_ids)
