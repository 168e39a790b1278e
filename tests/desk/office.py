"""A team at its desk: short ways to let mail arrive and cases go on, all through real use cases."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import sqlalchemy as sa

from dsr.blobs import small_blobs
from dsr.bootstrap import Service
from dsr.database import metadata
from dsr.desk.caller import Call, Caller, IdempotencyKey
from dsr.desk.caller import service as part
from dsr.desk.desk import Desk
from dsr.desk.fees import FeeDraft
from dsr.desk.idempotency import Answer
from dsr.desk.items import RefusalDraft
from dsr.desk.letters import Draft
from dsr.desk.mail import MessageOutcome
from dsr.desk.new_case import Person
from dsr.desk.search_lists import SystemReport
from dsr.desk.upload_store import UploadDetails
from dsr.domain.events import Aggregate
from dsr.domain.request import Request
from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.erasure import ErasureGround
from dsr.domain.request.grounds import ExcessClaim
from dsr.domain.request.letters import REQUIRED_STATEMENTS, LetterKind
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.standing import AnswerTo, CostKind, CostLine, RepresentativeKind
from dsr.domain.request.values import AccuracyFinding, Channel, Provenance
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.sealed import BlobRef
from dsr.domain.staff import Training
from dsr.projections import Difference, verify
from dsr.projections.exports import exports
from tests.settable_clock import SettableClock

OWN_SERVER = "mx.callcentre.example"
MAILBOX = "privacy@callcentre.example"
A = TypeVar("A", bound=Aggregate)

STAFF_ROLES = frozenset(Role) - {Role.DATA_SUBJECT, Role.DPO}
ACCESS_TEXT = "I am requesting access to my personal data under Article 15 GDPR. Please send me a copy."


def member(actor: str, *scope: str, roles: frozenset[Role] = STAFF_ROLES) -> Caller:
    """A member of staff; without scope, for all controllers."""
    return Caller(actor=actor, roles=roles, scope=frozenset(scope) or None)


def letter(kind: LetterKind, **overrides: Any) -> Draft:
    """A letter that says all it must."""
    statements: dict[str, object] = dict.fromkeys(REQUIRED_STATEMENTS[kind], "as the law asks")
    if "authority" in statements:
        statements["authority"] = "de-berlin"
    if "kept-and-why" in statements:
        statements["kept-and-why"] = {"says": "nothing"}
    draft = Draft(kind, Channel.EMAIL, None, "en", "Dear Ada, here is our letter.", statements)
    return replace(draft, **overrides)


def refusal(**overrides: Any) -> RefusalDraft:
    """A refusal of erasure that the law allows."""
    draft = RefusalDraft(
        ground="legal-obligation",
        reasons="Invoices must be kept for ten years.",
        facts="The last invoice is of 2024.",
        provision="§ 147 AO",
        extent=("invoices",),
        claims=(ExcessClaim.REPETITIVE,),
        previous_request_on=None,
        statements={},
        covers_all=not overrides.get("in_part", False),
    )
    return replace(draft, **overrides)


def fee(**overrides: Any) -> FeeDraft:
    """A fee that the law allows, of ten euros, until the end of March."""
    draft = FeeDraft(
        ground="manifestly-excessive",
        facts="The fourth request for the same data this month.",
        amount=10_00,
        currency="EUR",
        cost_basis=(CostLine(CostKind.COPYING, 12_00),),
        offer_ends_on=date(2026, 3, 31),
        claims=(ExcessClaim.ABUSIVE,),
        previous_request_on=None,
        earlier_copy_on=None,
        statements={},
    )
    return replace(draft, **overrides)


def nothing_in(system: str) -> SystemReport:
    """A system was searched and holds nothing."""
    return SystemReport(system, SearchResult.NOTHING, identifiers="Ada Lovelace, ada@example.org")


def request_id_of(received: MessageOutcome) -> UUID:
    """The case that a message became, or belongs to."""
    assert received.request_id is not None
    return received.request_id


@dataclass
class Office:
    """The desk of a service, and who works there."""

    service: Service
    clock: SettableClock
    ann: Caller = field(default_factory=lambda: member("ann"))
    bob: Caller = field(default_factory=lambda: member("bob"))
    dpo: Caller = field(default_factory=lambda: member("dana"))
    numbers: Iterator[int] = field(default_factory=count)
    remembered: dict[str, Any] = field(default_factory=dict)
    """What a use case has to know of what happened before it: ids, sessions."""

    member = staticmethod(member)
    letter = staticmethod(letter)
    refusal = staticmethod(refusal)
    fee = staticmethod(fee)

    @property
    def desk(self) -> Desk:
        return self.service.desk

    # Calls -----------------------------------------------------------------------------------------------------

    def call(
        self, request_id: UUID | None = None, who: Caller | None = None, key: IdempotencyKey | None = None
    ) -> Call:
        """By ann, on the version that the case has now."""
        expected = None if request_id is None else self.case(request_id).version
        return Call(who or self.ann, expected=expected, idempotency=key)

    def key(self, name: str = "key", body: str = "body") -> IdempotencyKey:
        return IdempotencyKey(self.service.fingerprint(name.encode()), self.service.fingerprint(body.encode()))

    # Mail ------------------------------------------------------------------------------------------------------

    def mail(
        self,
        text: str = ACCESS_TEXT,
        *,
        sender: str = "Ada Lovelace <ada@example.org>",
        to: str = MAILBOX,
        subject: str = "My request",
        message_id: str | None = "",
        stamped: datetime | None = None,
        by: str = OWN_SERVER,
        **headers: str,
    ) -> bytes:
        """One message; `stamped` is what the server `by` wrote on it, by default the time of the clock."""
        message = EmailMessage()
        when = stamped or self.clock.now()
        message["Received"] = f"from mail.example by {by}; {when:%a, %d %b %Y %H:%M:%S %z}"
        message["From"], message["To"], message["Subject"] = sender, to, subject
        if message_id is not None:
            message["Message-ID"] = message_id or f"<{next(self.numbers)}@example.org>"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        return message.as_bytes()

    def refuted_mail(self, text: str = ACCESS_TEXT, **facts: Any) -> bytes:
        """A message whose sender our own server refuted."""
        results = f"{OWN_SERVER}; spf=fail smtp.mailfrom=example.org; dmarc=fail header.from=example.org"
        return self.mail(text, Authentication_Results=results, **facts)

    def case_by_mail(self, raw: bytes | None = None, **facts: Any) -> UUID:
        """The case that a letter by mail begins, or goes on with."""
        return request_id_of(self.receive(raw, **facts))

    def reply(self, request_id: UUID, text: str = "Where is my answer?", **facts: Any) -> UUID:
        """A mail of the same sender that names the case in its subject; the id of the message."""
        self.receive(self.mail(text, subject=f"Re: {self.case(request_id).reference}", **facts))
        return [*self.case(request_id).messages][-1]

    def receive(self, raw: bytes | None = None, *, who: Caller | None = None, **facts: Any) -> MessageOutcome:
        return self.desk.mail.receive_message(raw or self.mail(), Call(who or self.ann), **facts)

    # Staff -----------------------------------------------------------------------------------------------------

    def enrol(self, identifier: str, *controllers: str, **facts: Any) -> Answer:
        """A handler who is bound to confidentiality and trained; without controllers, for all of them."""
        today = self.clock.now().date()
        said: dict[str, Any] = {
            "roles": (Role.HANDLER,),
            "confidentiality_signed_on": today,
            "training": Training("gdpr-basics", today),
        }
        return self.desk.staff.enrol(
            Call(part("test")), identifier=identifier, controllers=controllers or ("*",), **(said | facts)
        )

    # Cases -----------------------------------------------------------------------------------------------------

    def arrived(self, controller_id: str = "callcentre-de", text: str = ACCESS_TEXT, **facts: Any) -> UUID:
        """A case that came by telephone."""
        said: dict[str, Any] = {
            "channel": Channel.TELEPHONE,
            "received_at": self.clock.now(),
            "person": Person(name="Ada Lovelace", email="ada@example.org", phone="+49 30 1234567"),
            "language": "en",
        }
        answer = self.desk.entry.enter_request(Call(self.ann), controller_id=controller_id, text=text, **(said | facts))
        return UUID(answer.resource_id)

    def registered(self, *rights: Right, **facts: Any) -> UUID:
        request_id = self.arrived(**facts)
        self.desk.triage.register(request_id, self.call(request_id), rights=rights, direct_marketing=False)
        return request_id

    def granted(self, *rights: Right, **facts: Any) -> UUID:
        request_id = self.registered(*rights, **facts)
        for right in rights:
            ground = ErasureGround.NO_LONGER_NECESSARY if right is Right.ERASURE else None
            self.desk.items.grant(request_id, right.value, self.call(request_id), erasure_ground=ground)
        return request_id

    def search(self, request_id: UUID, item_id: str, *found: str) -> None:
        """Every open system accounts for the item: found where data was collected or `found` says so, else nothing."""
        listed, _ = self.desk.search_lists.of_item(request_id, item_id, self.ann)
        copies = self.case(request_id).copies.collected.values()
        holding = {copy.system for copy in copies if copy.item_id == item_id}
        if self.case(request_id).item(item_id).right not in (Right.ACCESS, Right.PORTABILITY):
            holding |= {*found}
        reports = [
            SystemReport(system, SearchResult.FOUND) if system in holding else nothing_in(system)
            for system in listed.open
        ]
        if reports:
            self.desk.search_lists.account(request_id, item_id, self.call(request_id), reports=reports)

    def rectify(self, request_id: UUID, **correction: str) -> None:
        """What the person says is right, and the data is corrected: `field`, `system`, `before`, `after`."""
        desk, found = self.desk.rectification, AccuracyFinding.INACCURATE
        desk.assess(
            request_id, "rectification", self.call(request_id), finding=found, assessment="Compared with the call."
        )
        corrected: dict[str, Any] = {"operation": RectificationOperation.CORRECTED, **correction}
        desk.rectify(request_id, "rectification", self.call(request_id), **corrected)

    def done(self, request_id: UUID, item_id: str, account: str = "Done as asked.", **facts: Any) -> Answer:
        """Every system accounts for a granted item, which is then done; no copy: each carried it out."""
        listed, _ = self.desk.search_lists.of_item(request_id, item_id, self.ann)
        self.search(request_id, item_id, *listed.open)
        return self.desk.items.record_done(request_id, item_id, self.call(request_id), account=account, **facts)

    def represented(self, *rights: Right, answer_to: AnswerTo, covered: tuple[Right, ...] = (), **facts: Any) -> UUID:
        """A case in which a lawyer acts for who asks, for all of these rights or those that are `covered`."""
        request_id = self.registered(*rights)
        said: dict[str, Any] = {
            "kind": RepresentativeKind.LAWYER,
            "evidence": "A mandate, seen.",
            "rights": covered or rights,
            "expires_on": None,
            "for_child": False,
            "conflict_assessed": True,
            "conflict": False,
            "contact": Person(name="Lou Lawyer", email="lou@chambers.example", address="Inn 1\nLondon"),
        }
        self.desk.representation.accept(request_id, self.call(request_id), answer_to=answer_to, **said | facts)
        return request_id

    def collect(self, request_id: UUID, item_id: str, call: Call | None = None, **facts: Any) -> Answer:
        said: dict[str, Any] = {
            "content": b'[{"number": "0301234567", "mood": "inferred: angry"}]',
            "media_type": "application/json",
            "name": "calls",
            "system": "crm",
            "purpose": "Customer relations",
            "provenance": Provenance.OBSERVED,
            "fields": (
                FieldDescription("number", "The number that called", Provenance.OBSERVED),
                FieldDescription("mood", "How the caller sounded", Provenance.INFERRED),
            ),
            "collected_at": None,
        }
        return self.desk.collection.collect(request_id, item_id, call or self.call(request_id), **(said | facts))

    def upload(self, request_id: UUID, item_id: str, content: bytes, *sizes: int, **facts: Any) -> UUID:
        """An upload of which all has come, in parts of these sizes and a last one."""
        said: dict[str, Any] = {
            "name": "call",
            "media_type": "audio/wav",
            "system": "crm",
            "purpose": "Customer relations",
            "provenance": Provenance.OBSERVED,
            "description": "Your call of 2 March.",
            "collected_at": None,
        }
        details = UploadDetails(**(said | facts))
        answer = self.desk.uploads.begin(request_id, item_id, Call(self.ann), size=len(content), details=details)
        upload_id, place = UUID(answer.resource_id), 0
        for size in (*sizes, len(content) - sum(sizes)):
            if size:
                part = content[place : place + size]
                place = self.desk.uploads.append(upload_id, self.ann, offset=place, content=part).offset
        return upload_id

    def attach(self, request_id: UUID, item_id: str, content: bytes, **facts: Any) -> UUID:
        """A file of the item, sent in one part; the id of the attachment."""
        upload_id = self.upload(request_id, item_id, content, **facts)
        self.desk.uploads.complete(upload_id, self.call(request_id), sha256=None)
        return next(reversed(self.case(request_id).copies.attachments))

    def read_file(self, content: BlobRef) -> bytes:
        repository = self.desk.repository
        return b"".join(repository.blobs.read(content, repository.keystore.open(content.key_id)))

    def confirm_earlier_fact(self, request_id: UUID) -> None:
        """Bob confirms what somebody else recorded last by hand on a later day."""
        fact = max(self.case(request_id).earlier_facts)
        self.desk.deadlines.confirm_earlier_fact(request_id, self.call(request_id, self.bob), fact=fact)

    def fee_id(self, request_id: UUID) -> UUID:
        """The fee of the case that was proposed last."""
        return next(reversed(self.case(request_id).fees))

    # Looking ---------------------------------------------------------------------------------------------------

    def case(self, request_id: UUID | None) -> Request:
        assert request_id is not None
        return self.find(Request, request_id)

    def find(self, kind: type[A], aggregate_id: UUID) -> A:
        """An aggregate that there is."""
        found = self.desk.repository.find(kind, aggregate_id)
        assert found is not None
        return found

    def events(self, name: str) -> list[Any]:
        """Every event of this name, without the common prefix, in order."""
        return [each.event for each in self.service.log.read() if each.name == f"dsr.{name}"]

    def outgoing(self) -> Iterator[Path]:
        """The files of the letters that left."""
        folder = self.service.settings.mail_out.folder
        assert folder is not None
        return folder.glob("new/*")

    def view(self, request_id: UUID | None) -> dict[str, Any]:
        assert request_id is not None
        row: dict[str, Any] = msgspec.json.decode(self.desk.repository.view(request_id).body)
        return row

    def export(self, export_id: UUID) -> dict[str, Any]:
        """The package as the list of a case shows it."""
        with self.service.database.reading() as connection:
            return dict(connection.execute(sa.select(exports).where(exports.c.export_id == export_id)).mappings().one())

    def names(self) -> list[str]:
        """Names of all events, in order, without their common prefix."""
        return [each.name.removeprefix("dsr.") for each in self.service.log.read()]

    def differences(self) -> list[Difference]:
        return verify(self.service.database, self.service.log)

    def everything(self) -> dict[str, list[Any]]:
        """All rows of both databases as their drivers give them, sorted: to show that nothing changed."""
        found = {}
        for database, tables in ((self.service.database, metadata.main), (self.service.keys_database, metadata.keys)):
            with database.reading() as connection:
                cursor = connection.connection.cursor()
                for name in tables.tables:
                    cursor.execute(f'SELECT * FROM "{name}"')
                    found[name] = sorted(map(repr, cursor.fetchall()))
                cursor.close()
        return found

    def blobs(self) -> list[str]:
        """The names of the files, and what small originals in the database would be called."""
        files = [name for _, _, names in os.walk(self.service.settings.blobs) for name in names if name != "log-id"]
        with self.service.database.reading() as connection:
            return sorted([*files, *(f"{each}.blob" for each in connection.scalars(sa.select(small_blobs.c.blob_id)))])

    def later(self, **by: float) -> datetime:
        return self.clock.now() + timedelta(**by)
