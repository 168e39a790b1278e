"""Wires the service from its settings; the only module that names concrete adapters."""

import logging
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from dsr.blobs import BlobStorage, FileBlobStore, SmallBlobs
from dsr.clamd import ClamdScanner
from dsr.database import Database
from dsr.database.errors import SchemaMissing, SchemaOutdated
from dsr.database.migrations import Kind, check_schema, upgrade
from dsr.desk.application import LogApplication
from dsr.desk.attempts import Attempts
from dsr.desk.caller import Call, service
from dsr.desk.challenges import Challenges
from dsr.desk.desk import Desk, Limits
from dsr.desk.exports import ExportLinks
from dsr.desk.form_tickets import FormTickets
from dsr.desk.idempotency import IdempotencyRecords
from dsr.desk.index_rotation import IndexRotation
from dsr.desk.repository import Repository
from dsr.desk.ropa_cache import RopaCache
from dsr.desk.sign_in_codes import SignInCodes
from dsr.desk.staff_sessions import SessionTimes
from dsr.desk.suppressions import Suppressions
from dsr.desk.tokens import Tokens
from dsr.desk.upload_store import UploadStore
from dsr.domain.clock import Clock
from dsr.domain.errors import StorageUnavailable, Unavailable
from dsr.domain.handing_over import TargetAddress
from dsr.domain.reader import Reader
from dsr.domain.roles import Role
from dsr.domain.ropa import RopaMissing
from dsr.domain.scanning import NoScanner
from dsr.domain.staff import ALL_CONTROLLERS
from dsr.eventstore.log import Log
from dsr.eventstore.recorder import SystemClock
from dsr.eventstore.tables import events
from dsr.evidence.checkpoint_copy import CheckpointCopy
from dsr.evidence.time_stamps import TimeStampAuthority
from dsr.evidence.witnesses import Witness
from dsr.letters import OutgoingMaildir, Templates, load_templates
from dsr.letters.smtp import SmtpServer, SmtpTransport
from dsr.look.controllers import Looks, read_looks
from dsr.mail_oauth import AccessTokens, TokenServer
from dsr.mailbox.inbox import ImapInbox, ImapServer, Inbox, MaildirInbox
from dsr.mailbox.limits import MailLimits
from dsr.mailbox.reader_process import BUILT_IN, ReaderProcess
from dsr.openid import Fetcher, OpenIdClient, OpenIdProvider
from dsr.policies.positions import PolicyPositions
from dsr.policies.registry import policies
from dsr.policies.runner import PolicyRunner, PolicyState, PolicyUnknown
from dsr.policies.suggest_rights import SuggestRights
from dsr.projections.introduced_keys import introductions_of
from dsr.projections.registry import require_current
from dsr.settings import MailIn, MailOut, Settings, SettingsInvalid
from dsr.transfer import HttpsTransport, Webhook
from dsr.vault import (
    BlindIndex,
    FenceJournal,
    Fingerprint,
    Keyring,
    KeyringMark,
    KeyringWrong,
    KeyRotation,
    KnownMessages,
    LogMark,
    PassingSecrets,
    Sealer,
    SqlKeyStore,
    SuppressionList,
)

_letters_log = logging.getLogger("dsr.letters")
_look_log = logging.getLogger("dsr.look")

FIRST_OPERATOR = "operator"
"""Identifier of the member of staff that `init` creates."""


_OTHER_KEYRING = "The database in DSR_DATABASE_URL was made with another keyring. Restore that one."


class FolderUnusable(Unavailable):
    """The service can't create or write one of its folders. Give its user write access to DSR_HOME."""

    code = "folder-unusable"


class ServiceExists(Unavailable):
    """The database belongs to an existing service. Restore that service's keyring and key database, or name an empty
    database.
    """

    code = "service-exists"


@dataclass(frozen=True)
class Service:
    """A running service. Safe to share between threads; made after a fork."""

    settings: Settings
    database: Database
    keys_database: Database
    keystore: SqlKeyStore
    keyring: Keyring
    key_rotation: KeyRotation
    index_rotation: IndexRotation
    keyring_mark: KeyringMark
    log_mark: LogMark
    tokens: Tokens
    passing_secrets: PassingSecrets
    fingerprint: Fingerprint
    blob_files: FileBlobStore
    desk: Desk
    log: Log
    clock: Clock
    policies: PolicyRunner
    reading: PolicyRunner
    """The policy that waits for the reader of letters, apart from the others."""
    reader: Reader
    templates: Templates
    looks: Looks

    def check(self) -> None:
        """Raise the error that prevents serving, with its remedy. ¶SchemaMissing, SchemaOutdated, SchemaTooNew,
        DatabaseSwapped for either database; KeyringWrong; StorageUnavailable; LogOlderThanKeys, LogDiffers;
        ProjectionBehind; ForgottenReturned, FenceJournalDamaged, FenceJournalCopyUnreadable.
        """
        self.check_but_fences()
        self.desk.fences.require_kept()
        self._name_what_nobody_uses()

    def check_but_fences(self) -> None:
        """The part of `check` that forgetting again needs."""
        self.check_tables()
        with self.database.reading() as connection:
            require_current(connection, self.log.head().position)

    def check_tables(self) -> None:
        """The part of `check` before the read models."""
        check_schema(self.database, "main")
        check_schema(self.keys_database, "keys")
        self.keystore.verify()
        if not self.keyring_mark.found():
            raise KeyringWrong(_OTHER_KEYRING)
        self.require_blob_folder()
        self.log_mark.require_reached()

    def require_blob_folder(self) -> None:
        """Raise StorageUnavailable unless the folder of files is there, and is that of this log."""
        self.blob_files.require_folder(self.log_id())

    def log_id(self) -> str:
        """What tells this log from any other: the digest of its first event. Raises SchemaMissing without one."""
        first = self.log.at(1)
        if first is None:
            raise SchemaMissing(database="main")
        return first.header_sha256

    def _name_what_nobody_uses(self) -> None:
        """Log templates and looks of unknown controllers. This is not an error: a later record may have dropped the
        controller while its older cases are still answered.
        """
        with suppress(RopaMissing):
            known = {each.id for each in self.desk.repository.ropa.current().document.controllers}
            for unknown in sorted(self.templates.controllers - known):
                _letters_log.warning(
                    "%s: the record of processing has no such controller: nothing uses its letters", unknown
                )
            for unknown in sorted(self.looks.controllers.keys() - known):
                _look_log.warning("%s: the record of processing has no such controller: nothing uses its look", unknown)

    @property
    def runners(self) -> tuple[PolicyRunner, PolicyRunner]:
        """All policies."""
        return self.policies, self.reading

    def begin_policies(self) -> None:
        """Start policies that never ran at the present."""
        for runner in self.runners:
            runner.begin()

    def policy_states(self) -> tuple[PolicyState, ...]:
        """The states of all policies."""
        seen = self.policies.seen()
        return tuple(state for runner in self.runners for state in runner.states(seen))

    def runner_of(self, policy: str) -> PolicyRunner:
        """Who runs this policy. Raises PolicyUnknown."""
        for runner in self.runners:
            if policy in runner.names:
                return runner
        raise PolicyUnknown(policy=policy)

    def close(self) -> None:
        """Close the connections, and end the reader."""
        self.reader.close()
        self.database.close()
        self.keys_database.close()


def build(
    settings: Settings, *, clock: Clock | None = None, reader: Reader | None = None, creates: bool = False
) -> Service:
    """Build the service; touches no table. Missing files of databases are only made if it `creates` a new service.

    Raises DatabaseMissing, KeyringMissing, KeyringDamaged, KeyringExposed, AffectedSqlite, DatabaseUrlInvalid,
    LetterTemplateInvalid, SettingsInvalid (the file of `DSR_LOOK`).
    """
    clock = clock or SystemClock()
    reader = reader or reader_of(settings)
    keyring = Keyring.load(settings.keyring, settings.keyring_copy)
    database, keys_database = (Database(url, creates=creates) for url in (settings.database_url, settings.keys_url))
    log = Log(database)
    log_mark = LogMark(keys_database, database, log, clock.now)
    keystore = SqlKeyStore(
        keys_database, keyring, introduction=introductions_of(database), mark=log_mark, now=clock.now
    )
    application = LogApplication(database, clock)
    passing = PassingSecrets(database, keyring)
    tokens = Tokens(database, passing)
    blob_files = FileBlobStore(settings.blobs)
    templates = load_templates(settings.letters, english_if_untranslated=settings.development)
    looks = read_looks(settings.look)
    sealer, ropa = Sealer(keystore), RopaCache(application.events)
    repository = Repository(
        database=database,
        application=application,
        keystore=keystore,
        sealer=sealer,
        blobs=BlobStorage(blob_files, SmallBlobs(database, clock)),
        index=BlindIndex(database, keyring),
        messages=KnownMessages(database, keyring),
        suppressions=Suppressions(SuppressionList(database, keyring), application.events, sealer, ropa),
        ropa=ropa,
        idempotency=IdempotencyRecords(database),
        clock=clock,
    )
    rotation = KeyRotation(keystore, keyring, settings.key_rotation_days, clock.now)
    links, keyring_mark = ExportLinks(database, keystore, sealer, keyring), KeyringMark(database, keyring)
    mail_limits = MailLimits(max_bytes=settings.max_message_bytes)
    https = HttpsTransport(authorities=settings.transfer_ca, private_networks=settings.transfer_private_networks)
    desk = Desk(
        repository,
        passing=passing,
        tokens=tokens,
        links=links,
        sign_in_codes=SignInCodes(database, passing, keyring),
        transport=transport_of(settings),
        templates=templates,
        attempts=Attempts(database, keyring, clock),
        form_tickets=FormTickets(keyring),
        challenges=Challenges(database, keyring),
        openid_provider=openid_provider_of(settings),
        upload_store=UploadStore(database, clock, days=settings.upload_days),
        scanner=scanner_of(settings) or NoScanner(),
        reader=reader,
        hand_over_transport=https,
        team_channel=Webhook(https, TargetAddress.parse(settings.tell_webhook)) if settings.tell_webhook else None,
        log_mark=log_mark,
        log=log,
        checkpoint_copy=_checkpoint_copy_of(settings),
        witnesses=witnesses_of(settings),
        time_stamps=time_stamps_of(settings),
        fence_journal=fence_journal_of(settings),
        unreadable_on=lambda: rotation.unreadable_on,
        inbox=inbox_of(settings),
        outgoing=outgoing_folder(settings.mail_out),
        empty_journals=partial(_empty_journals, database, keys_database),
        parked=PolicyPositions(database),
        public_url=settings.public_url,
        limits=Limits(
            mail=mail_limits,
            max_upload_bytes=settings.max_upload_bytes,
            max_attachment_bytes=settings.max_attachment_bytes,
            mail_days=settings.mail_days,
            sweep_days=settings.sweep_days,
            token_days=settings.token_days,
            export_days=settings.export_days,
            new_link_at_once=settings.new_link_at_once,
            session_times=SessionTimes(
                idle=timedelta(minutes=settings.session_idle_minutes), longest=timedelta(hours=settings.session_hours)
            ),
        ),
    )
    return Service(
        settings=settings,
        database=database,
        keys_database=keys_database,
        keystore=keystore,
        keyring=keyring,
        key_rotation=rotation,
        index_rotation=IndexRotation(repository, keystore, keyring, keyring_mark, links, limits=mail_limits),
        keyring_mark=keyring_mark,
        log_mark=log_mark,
        tokens=tokens,
        passing_secrets=passing,
        fingerprint=Fingerprint(keyring),
        blob_files=blob_files,
        desk=desk,
        log=log,
        clock=clock,
        policies=PolicyRunner(
            database,
            log,
            policies(desk, close_when_answered=settings.close_when_answered),
            clock,
            given_up=desk.telling.note_parked,
        ),
        reading=PolicyRunner(
            database, log, (SuggestRights(desk.suggestions),), clock, given_up=desk.telling.note_parked
        ),
        reader=reader,
        templates=templates,
        looks=looks,
    )


def init(settings: Settings, *, clock: Clock | None = None) -> str:
    """Create both databases, the keyring and the first operator; return the operator's token, shown only now.

    If the databases can't be created or belong to another keyring, the new keyring is deleted, since nothing was sealed
    with it. Raises KeyringExists, ServiceExists (a service exists already); FolderUnusable; KeyringWrong, SchemaTooNew,
    DatabaseSwapped.
    """
    try:
        for folder in (settings.home, settings.keyring.parent, *_sqlite_folders(settings), settings.blobs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        Keyring.create(settings.keyring)
    except OSError as error:
        raise FolderUnusable(path=error.filename) from error
    try:
        made = build(settings, clock=clock, creates=True)
        try:
            upgrade_all(made, creates=True)
            _require_empty(made)
            made.keystore.bind()
        except BaseException:
            made.close()
            raise
    except BaseException:
        settings.keyring.unlink()
        raise
    try:
        call = Call(service("init"))
        made.desk.staff.enrol(call, identifier=FIRST_OPERATOR, roles=(Role.OPERATOR,), controllers=(ALL_CONTROLLERS,))
        FileBlobStore.create(settings.blobs, log_id=made.log_id())
        return made.desk.staff.secret(made.desk.staff.issue_token(FIRST_OPERATOR, call))
    finally:
        made.close()


def upgrade_all(made: Service, *, creates: bool = False) -> bool:
    """Migrate both databases to this program's schema; safe to repeat. Empty ones are filled only if this `creates` a
    new service. Raises SchemaMissing, SchemaTooNew, KeyringWrong.

    True if the service came from a version that computed its secrets from ids (docs/decisions, no. 56).
    New policies start here, so that they also receive events recorded before a worker runs.
    """
    databases: tuple[tuple[Database, Kind], ...] = ((made.database, "main"), (made.keys_database, "keys"))
    for database, kind in databases:
        try:
            check_schema(database, kind)
        except SchemaMissing:
            if not creates:
                raise
            upgrade(database, kind)
        except SchemaOutdated:
            upgrade(database, kind)
    if not creates:
        _mark_blob_folder(made)
    has_computed = made.keyring_mark.found() is None
    if has_computed:
        if not made.tokens.are_computed_under(made.keyring.index_key("bearer-token")):
            raise KeyringWrong(_OTHER_KEYRING)
        made.keyring_mark.write()
    made.begin_policies()
    return has_computed


def _mark_blob_folder(made: Service) -> None:
    """Mark the folder of an earlier version, which had no mark; but not an empty one, unless no file was ever made."""
    files = made.blob_files
    with suppress(StorageUnavailable, SchemaMissing):
        made.require_blob_folder()
        return
    if not files.is_marked and files.is_there and (files.holds_blobs or not _names_files(made)):
        files.mark(made.log_id())


def _names_files(made: Service) -> bool:
    query = sa.select(sa.literal(1)).where(events.c.payload.contains('"blob_id"')).limit(1)
    with made.database.reading() as connection:
        return connection.execute(query).first() is not None


def transport_of(settings: Settings) -> OutgoingMaildir | SmtpTransport:
    """How letters leave."""
    out = settings.mail_out
    tokens = _tokens(settings, out)
    return outgoing_folder(out) or SmtpTransport(
        SmtpServer(out.host, out.port, out.tls, out.user, out.password, tokens)
    )


def _tokens(settings: Settings, where: MailIn | MailOut) -> AccessTokens | None:
    """Access tokens for a user without a password."""
    if not where.user or where.password:
        return None
    return AccessTokens(
        TokenServer(
            settings.mail_oauth_token_url,
            settings.mail_oauth_client_id,
            settings.mail_oauth_client_secret,
            settings.mail_oauth_scope,
        )
    )


def openid_provider_of(settings: Settings) -> OpenIdProvider | None:
    """The organisation's provider for signing in; None if none is configured."""
    if not settings.oidc_issuer:
        return None
    issuer = urlsplit(settings.oidc_issuer)
    fetcher = Fetcher(f"{issuer.hostname}:{issuer.port or 443}", ssl.create_default_context())
    client = OpenIdClient(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, settings.oidc_acr)
    return OpenIdProvider(client, fetcher)


def scanner_of(settings: Settings) -> ClamdScanner | None:
    """The scanner for malware; None if none is configured."""
    return None if settings.scanner is None else ClamdScanner(settings.scanner)


def reader_of(settings: Settings) -> ReaderProcess:
    """The reader of letters, in a process of its own that starts with the first letter."""
    return ReaderProcess(settings.reader or BUILT_IN)


def witnesses_of(settings: Settings) -> list[Witness]:
    """Who cosigns checkpoints. Raises SettingsInvalid for a key that is none."""
    try:
        return [Witness.parse(each) for each in settings.witnesses]
    except ValueError as error:
        raise SettingsInvalid([f"DSR_WITNESSES: {error}"]) from None


def time_stamps_of(settings: Settings) -> TimeStampAuthority | None:
    """Who says when a checkpoint was there; None if nobody is asked."""
    return TimeStampAuthority(settings.timestamp_url) if settings.timestamp_url else None


def _checkpoint_copy_of(settings: Settings) -> CheckpointCopy | None:
    """The copy of the last checkpoint elsewhere, with the mark at home that it was written."""
    if settings.checkpoint_copy is None:
        return None
    return CheckpointCopy(settings.checkpoint_copy, mark=settings.home / "checkpoint-copied")


def fence_journal_of(settings: Settings) -> FenceJournal:
    """The journal of forgotten case files, and its copy where the last checkpoint is copied to."""
    copied_to = settings.checkpoint_copy
    return FenceJournal(
        settings.fence_journal, None if copied_to is None else copied_to.with_name(f"{copied_to.name}.fences")
    )


def _empty_journals(*databases: Database) -> None:
    for each in databases:
        each.empty_journal()


def outgoing_folder(out: MailOut) -> OutgoingMaildir | None:
    """The folder from which others take letters; None if a mail server gets them."""
    return None if out.folder is None else OutgoingMaildir(out.folder)


def inbox_of(settings: Settings) -> Inbox | None:
    """The inbox; None if none is configured."""
    where, limits = settings.mail_in, MailLimits(max_bytes=settings.max_message_bytes)
    if where is None:
        return None
    largest, head = limits.max_bytes, limits.max_header_bytes
    if where.folder is not None:
        return MaildirInbox(where.folder, max_bytes=largest, max_head_bytes=head)
    server = ImapServer(
        host=where.host,
        port=where.port,
        tls=where.tls,
        user=where.user,
        password=where.password,
        mailbox=where.mailbox,
        done=where.done,
        failed=where.failed,
        tokens=_tokens(settings, where),
    )
    return ImapInbox(server, max_bytes=largest, max_head_bytes=head)


def _require_empty(made: Service) -> None:
    if made.log.head().position:
        raise ServiceExists


def _sqlite_folders(settings: Settings) -> list[Path]:
    return [
        Path(url.removeprefix("sqlite:///")).parent
        for url in (settings.database_url, settings.keys_url)
        if url.startswith("sqlite:///")
    ]
