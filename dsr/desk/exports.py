"""Packages for data subjects: prepared, offered by a link with a second secret, redeemed once (GDPR Art. 15(3), 20)."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec
import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.desk.caller import Call, Caller
from dsr.desk.casebook import Casebook, of_items, once, require_answering, require_version
from dsr.desk.errors import ExportUnknown, RequestUnknown, VersionStale
from dsr.desk.idempotency import Answer
from dsr.desk.originals import kept
from dsr.domain.errors import DomainError
from dsr.domain.export import (
    Export,
    ExportKind,
    ExportNotOffered,
    ExportOutdated,
    ExportWithheld,
    RevocationReason,
)
from dsr.domain.request import Request
from dsr.domain.request.collection import ItemHasNoCopy
from dsr.domain.request.errors import IdentityUnresolved, ItemNotGranted
from dsr.domain.request.reference import ALPHABET
from dsr.domain.request.values import UNRESOLVED, ItemStatus
from dsr.domain.rights import Right
from dsr.domain.ropa import Ropa
from dsr.domain.sealed import KeyPurpose
from dsr.exports import JSON, Collected, ControllerFacts, PackageContents, build_package, read_records

_TRIES: Final = 8
_KIND_OF: Final = {Right.ACCESS: ExportKind.ACCESS, Right.PORTABILITY: ExportKind.PORTABILITY}

export_links: Final = sa.Table(
    "export_links",
    metadata.main,
    sa.Column("sha256", sa.String(64), primary_key=True, comment="of the token, hex"),
    sa.Column("token_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("export_id", sa.Uuid, nullable=False, index=True),
)


@dataclass(frozen=True)
class Link:
    """What the data subject needs, on two channels: the token in the link, the second secret apart from it."""

    token: str
    second_secret: str


class ExportLinks:
    """Token and second secret follow from the id under a key of the keyring; the table holds the hash of the token."""

    def __init__(self, database: Database, key: bytes) -> None:
        """`key`: 32 bytes of the keyring, for this use only."""
        self._database = database
        self._key = key

    def link(self, token_id: UUID) -> Link:
        """Token (256 bits) and second secret (8 signs that can be read out, 39 bits, five tries)."""
        bits = hmac.digest(self._key, b"token" + token_id.bytes, "sha256")
        number = int.from_bytes(hmac.digest(self._key, b"secret" + token_id.bytes, "sha256"))
        signs = ""
        for _ in range(8):
            number, place = divmod(number, len(ALPHABET))
            signs += ALPHABET[place]
        token = "dsrx_" + base64.urlsafe_b64encode(bits).decode().rstrip("=")
        return Link(token, f"{signs[:4]}-{signs[4:]}")

    def add(self, token_id: UUID, export_id: UUID) -> None:
        """Keep the hash, in the transaction of the event that says so."""
        token = self.link(token_id).token
        with self._database.writing() as connection:
            connection.execute(
                export_links.insert(), {"sha256": _sha256(token), "token_id": token_id, "export_id": export_id}
            )

    def find(self, token: str) -> tuple[UUID, UUID]:
        """Export and token id. Raises ExportNotOffered."""
        query = sa.select(export_links.c.export_id, export_links.c.token_id).where(
            export_links.c.sha256 == _sha256(token)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise ExportNotOffered()
        return row.export_id, row.token_id

    def is_right(self, token_id: UUID, second_secret: str) -> bool:
        """Compares in constant time; case, spaces and dashes do not matter."""
        given = "".join(sign for sign in second_secret.upper() if sign.isalnum())
        wanted = self.link(token_id).second_secret.replace("-", "")
        return hmac.compare_digest(given.encode(), wanted.encode())


class ExportDesk:
    """prepare, offer, revoke, redeem."""

    def __init__(self, book: Casebook, links: ExportLinks, *, export_days: int) -> None:
        self._book = book
        self._links = links
        self._export_days = export_days

    @once
    def prepare(self, request_id: UUID, item_id: str, call: Call) -> Answer:
        """Build the package of a granted or done item from what was collected for it, and seal it.

        Raises RequestUnknown, VersionStale, Forbidden (an item of another controller), ItemUnknown, ItemHasNoCopy,
        ItemNotGranted, IdentityUnresolved, RedactionPending, ExportEmpty, KeyDestroyed.
        """
        book = self._book
        case = book.request(request_id, call.caller)
        require_version(case, call.expected)
        require_answering(case, call.caller, of_items(item_id))
        kind = _kind_of(case, item_id)
        at = book.now()
        package = build_package(self._contents(case, item_id, kind, at))
        export_id = uuid4()
        with kept(
            book.keystore,
            book.blobs,
            export_id,
            package.content,
            "application/zip",
            KeyPurpose.EXPORT,
            KeyPurpose.BLOB,
        ) as keys:
            assert keys.blob is not None  # noqa: S101 - content was given
            digest = book.sealer.seal_json(
                package.sha256, key=keys.keys[0], stream_id=export_id, field="package_digest"
            )
            export = Export.prepare(
                export_id=export_id,
                request_id=request_id,
                item_id=item_id,
                controller_id=case.item(item_id).controller_id,
                kind=kind,
                package=keys.blob,
                package_digest=digest,
                files=package.files,
                keys=keys.introductions,
                at=at,
                actor=call.caller.actor,
            )
            return book.commit(export, call=call, respond=lambda: _answer(export))

    def view(self, export_id: UUID, caller: Caller) -> Answer:
        """The package as commands on it answer, for those who see its case. Raises ExportUnknown."""
        export = self._find(export_id)
        self._case_of(export, caller)
        return _answer(export)

    def require_package(self, case: Request, item_id: str, export_id: UUID) -> None:
        """Raise ExportUnknown unless it was built for this item, ExportOutdated where that has changed since.

        Raises RedactionPending, as for whatever leaves.
        """
        export = self._find(export_id)
        if (export.request_id, export.item_id) != (case.id, item_id):
            raise ExportUnknown()
        _require_due(export, case)

    @once
    def offer(self, export_id: UUID, call: Call) -> Answer:
        """Make a link that expires; it replaces an earlier unused one. `link` shows token and second secret.

        Raises ExportUnknown, VersionStale, Forbidden (an item of another controller), ItemNotGranted (withdrawn or
        reopened since), IdentityUnresolved, RedactionPending, ExportOutdated.
        """
        book, at, token_id = self._book, self._book.now(), uuid4()
        export = self._find(export_id)
        case = self._case_to_decide(export, call)
        _require_due(export, case)
        export.offer(
            token_id=token_id,
            expires_at=at + timedelta(days=self._export_days),
            at=at,
            actor=call.caller.actor,
        )
        return book.commit(
            export,
            call=call,
            respond=lambda: _answer(export),
            effects=[lambda: self._links.add(token_id, export_id)],
        )

    def link(self, answer: Answer) -> Link:
        """Token and second secret of the link that an answer of `offer` is about."""
        return self._links.link(UUID(msgspec.json.decode(answer.body)["link"]["token_id"]))

    @once
    def revoke(self, export_id: UUID, call: Call, *, reason: RevocationReason) -> Answer:
        """End the latest link. Raises ExportUnknown, VersionStale, Forbidden, and what `Export.revoke` does."""
        book, export = self._book, self._find(export_id)
        self._case_to_decide(export, call)
        export.revoke(reason=reason, at=book.now(), actor=call.caller.actor)
        return book.commit(export, call=call, respond=lambda: _answer(export))

    def redeem(self, token: str, second_secret: str, *, network: str) -> bytes:
        """The package, once: whoever records the redemption first gets it. A link rests while the case forbids it.

        Raises ExportNotOffered, SecretWrong, ExportIsLocked, ExportAlreadyRedeemed, ExportExpired, ExportIsRevoked,
        ExportWithheld.
        """
        export_id, token_id = self._links.find(token)
        right = self._links.is_right(token_id, second_secret)
        for _ in range(_TRIES):
            try:
                return self._redeem_once(export_id, token_id, right, network)
            except VersionStale:
                continue  # somebody else was faster: what they did decides
        raise VersionStale()

    def _redeem_once(self, export_id: UUID, token_id: UUID, right: bool, network: str) -> bytes:
        book, at = self._book, self._book.now()
        export = self._find(export_id)
        subject = Call(Caller("data-subject", frozenset(), frozenset(), request_id=export.request_id))
        if not right:
            refusal = export.record_wrong_secret(token_id=token_id, network=network, at=at)
            book.commit(export, call=subject, respond=lambda: Answer(b""))
            raise refusal
        export.redeem(token_id=token_id, network=network, at=at)
        try:
            _require_due(export, book.request(export.request_id, subject.caller))
        except DomainError as error:
            raise ExportWithheld() from error
        # Opened before the link is used up: a package that was forgotten costs nobody the link.
        content = b"".join(book.blobs.read(export.package, book.keystore.open(export.package.key_id)))
        book.commit(export, call=subject, respond=lambda: Answer(b""))
        return content

    def _contents(self, case: Request, item_id: str, kind: ExportKind, at: datetime) -> PackageContents:
        book = self._book
        document = book.ropa.at_version(case.ropa_version).document
        collected = []
        for data_set in case.data_sets.values():
            if data_set.item_id != item_id:
                continue
            content = b"".join(book.blobs.read(data_set.content, book.keystore.open(data_set.content.key_id)))
            records = read_records(content, JSON, max_bytes=data_set.content.size)
            collected.append(Collected(data_set, records))
        answering = case.item(item_id).controller_id
        collected_by = {each.data_set.controller_id for each in collected}  # another one, before it was passed on
        return PackageContents(
            reference=case.reference,
            kind=kind,
            controller=_facts_of(document, answering),
            joint_controllers=tuple(_facts_of(document, other) for other in sorted(collected_by - {answering})),
            prepared_at=at,
            data=tuple(collected),
        )

    def _find(self, export_id: UUID) -> Export:
        export = self._book.find(Export, export_id)
        if export is None:
            raise ExportUnknown()
        return export

    def _case_of(self, export: Export, caller: Caller) -> Request:
        """Who sees the case sees what was built for it. Raises ExportUnknown."""
        try:
            return self._book.request(export.request_id, caller)
        except RequestUnknown:
            raise ExportUnknown() from None

    def _case_to_decide(self, export: Export, call: Call) -> Request:
        """For a command: on this version, by somebody who works for the controller that answers the item."""
        case = self._case_of(export, call.caller)
        require_version(export, call.expected)
        require_answering(case, call.caller, of_items(export.item_id))
        return case


def _facts_of(document: Ropa, controller_id: str) -> ControllerFacts:
    controller = document.controller(controller_id)
    return ControllerFacts(
        id=controller.id,
        name=controller.name,
        country=controller.country,
        contact=document.mailbox_of(controller.id),
    )


def _kind_of(case: Request, item_id: str) -> ExportKind:
    """What is handed over for an item that is granted or done, to a person about whom there is no doubt.

    Nothing that holds data of somebody else. Raises ItemUnknown, ItemHasNoCopy, ItemNotGranted, IdentityUnresolved,
    RedactionPending.
    """
    item = case.item(item_id)
    if item.right not in _KIND_OF:
        raise ItemHasNoCopy(item_id=item_id)
    if item.status not in (ItemStatus.GRANTED, ItemStatus.DONE):
        raise ItemNotGranted(item_id=item_id)
    if case.identity in UNRESOLVED:
        raise IdentityUnresolved()
    case.require_redacted(item_id)
    return _KIND_OF[item.right]


def _require_due(export: Export, case: Request) -> None:
    """The case may have gone on since the package was built: doubt, withdrawal, data that was taken out.

    Where the item was passed on, the package still names the controller that answered before.
    """
    _kind_of(case, export.item_id)
    if case.item(export.item_id).controller_id != export.controller_id:
        raise ExportOutdated()
    discarded_at = case.discarded_at.get(export.item_id)
    if discarded_at is not None and discarded_at > export.prepared_at:
        raise ExportOutdated()


def _answer(export: Export) -> Answer:
    offer = export.offer_made
    body = {
        "export_id": export.id,
        "request_id": export.request_id,
        "item_id": export.item_id,
        "kind": export.kind,
        "files": export.files,
        "size": export.package.size,
        "ciphertext_sha256": export.package.ciphertext_sha256,
        "link": None
        if offer is None
        else {
            "token_id": offer.token_id,
            "expires_at": offer.expires_at,
            "redeemed_at": offer.redeemed_at,
            "revoked": offer.revoked,
            "wrong_secrets": offer.wrong_secrets,
        },
    }
    return Answer(msgspec.json.encode(body), export.version, str(export.id))


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
