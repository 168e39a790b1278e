"""Files of the two kinds that people forget one by one, for tests of rules that hold for both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

import sqlalchemy as sa

from dsr.desk.belongings import Belongings, belongings_of, belongings_of_file, count_rows
from dsr.desk.caller import Call, service
from dsr.desk.errors import VersionStale
from dsr.domain.matter import Matter, MatterKind, MatterLetterKind, MatterOutcome, MatterStatus
from dsr.domain.own_file import FileKept, FileKind
from dsr.domain.request.forgetting import CaseFileKept
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import ForgettingGround
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.rights import Right
from dsr.mailbox.bounce import Bounce
from dsr.projections.rebuild import rebuild
from dsr.projections.registry import PROJECTIONS
from dsr.vault.keystore import data_keys
from tests.catalogue.matters import ADDRESS, COMMANDS, replied, written
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office
from tests.desk.test_authority_disclosures import record
from tests.desk.test_forgetting_files import withdrawn

Act = Callable[[], object]

_FENCES: Final = ("forgetting-ordered", "forgetting-restored")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How such a file is made, and which use cases forget it."""

    make: Callable[[Office, bool], UUID]
    """A file that may go by the order of a court, with two originals. False: once the letter that waits has left."""
    rivals: Callable[[Office, UUID], dict[str, Act]]
    """What can meet the order, by name."""
    keeping: frozenset[str]
    """Those that keep the file if they come first."""
    desk: Callable[[Office], Any]
    facts: Mapping[str, Any]
    """What its use cases are told besides."""
    load: Callable[[Office, UUID], Any]
    belongings: Callable[..., Belongings]
    attest: str
    """The command that attests that all is destroyed."""

    def propose(self, office: Office, file_id: UUID) -> None:
        said: dict[str, Any] = {"ground": ForgettingGround.COURT_ORDER, "reasons": "File 7 C 3."}
        call = Call(office.ann, expected=self.load(office, file_id).version)
        self.desk(office).propose(file_id, call, **said, **self.facts)

    def approve(self, office: Office, file_id: UUID) -> None:
        call = Call(office.bob, expected=self.load(office, file_id).version)
        self.desk(office).decide(file_id, call, approve=True, reason="", **self.facts)

    def order(self, office: Office, file_id: UUID) -> None:
        """Ann proposes unless it is proposed, and bob agrees on what he sees, as often as something came between."""
        for _ in range(20):
            try:
                if self.status(office, file_id) == "kept":
                    self.propose(office, file_id)
                self.approve(office, file_id)
            except (VersionStale, CaseFileKept, FileKept):
                continue
            return

    def preview(self, office: Office, file_id: UUID) -> Any:
        return self.desk(office).preview(file_id, office.ann, **self.facts)

    def status(self, office: Office, file_id: UUID) -> str:
        status: str = self.desk(office).state(file_id, office.ann, **self.facts).status
        return status

    def events(self, office: Office, file_id: UUID) -> list[Any]:
        return [*office.desk.repository.application.events.whole(file_id)]

    def belongings_of(self, office: Office, file_id: UUID) -> Belongings:
        return self.belongings(office.desk.repository, self.load(office, file_id))

    def is_gone(self, office: Office, file_id: UUID) -> bool:
        """Whether it was forgotten. Then nothing of it is left, and behind the fence nothing but the attestation was
        recorded; else it opens.
        """
        file, repository = self.load(office, file_id), office.desk.repository
        if not file.is_forgotten:
            for key_id in file.keys.values():
                repository.keystore.open(key_id)
            return False
        names = [each.TOPIC.rpartition(".")[2] for each in self.events(office, file_id)]
        fence = next(place for place, name in enumerate(names) if name in _FENCES)
        assert names[fence + 1 :] == ["forgetting-attested"]
        of = self.belongings_of(office, file_id)
        with office.service.keys_database.reading() as connection:
            held = data_keys.c.key_id.in_(of.keys) & data_keys.c.wrapped.is_not(None)
            assert connection.execute(sa.select(data_keys.c.key_id).where(held)).all() == [], "no key is there"
        assert count_rows(repository, of) == 0
        assert not {f"{each}.blob" for each in of.blobs} & {*office.blobs()}
        return True


def _case(office: Office, letter_left: bool) -> UUID:
    """A withdrawn case with collected data, whose package could still be built, and with an upload that was begun."""
    number = next(office.numbers)  # of an address of its own, since acknowledgements to one keep their distance
    request_id = office.case_by_mail(office.mail(sender=f"Ada <ada{number}@example.org>"))
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    letters = Letters(office)
    office.remembered["message-id"] = letters.show(letters.acknowledged(request_id))["message_id"]
    if letter_left:
        letters.drain()
    office.desk.items.grant(request_id, "access", office.call(request_id))
    office.collect(request_id, "access")
    office.upload(request_id, "access", b"RIFF" * 9_000, 12_000)
    office.desk.answers.withdraw(request_id, office.call(request_id), confirmed=True, statement="", item_ids=None)
    return request_id


def _matter(office: Office, letter_left: bool) -> UUID:
    """A closed complaint or inquiry about a closed case, to which two mails came."""
    matter_id, call = (replied if next(office.numbers) % 2 else _inquiry)(office), Call(office.ann)
    matter = office.find(Matter, matter_id)
    [letter] = matter.letters.values()
    office.remembered |= {"message-id": letter.message_id, "complained-of": withdrawn(office), "notice": uuid4()}
    if letter_left:
        office.desk.dispatching.drain(office.clock.now(), 100)
    office.receive(office.mail("And my name is spelled Ada.", subject=f"Re: {matter.reference}"))
    for message_id in office.find(Matter, matter_id).messages:
        office.desk.matter_messages.examine(matter_id, call, message_id=message_id, finding="Ada's file.")
    office.desk.matters.link_request(matter_id, call, request_id=office.remembered["complained-of"])
    if office.find(Matter, matter_id).status is MatterStatus.OPEN:
        office.desk.matters.answer(matter_id, call, channel=Channel.POST, reasons="Ada is right.", remedies="Berlin.")
    outcome = MatterOutcome.UPHELD if matter.kind is MatterKind.COMPLAINT else MatterOutcome.COMPLIED
    office.desk.matters.close(matter_id, call, outcome=outcome)
    return matter_id


def _inquiry(office: Office) -> UUID:
    """An inquiry with a reply that may leave, and a mail that answers it."""
    matter_id = UUID(written(office, Call(office.ann)).resource_id)
    said: dict[str, Any] = {"kind": MatterLetterKind.AUTHORITY_REPLY, "texts": {"reply": "Here."}, "address": ADDRESS}
    letters, call = office.desk.matter_letters, Call(office.ann)
    letter_id = UUID(letters.prepare(matter_id, call, channel=Channel.EMAIL, **said).resource_id)
    letters.release(matter_id, Call(office.bob), letter_id=letter_id)
    message_id = office.find(Matter, matter_id).letters[letter_id].message_id
    office.receive(office.mail("We have received it.", In_Reply_To=message_id))
    [reply_id] = office.find(Matter, matter_id).messages
    office.remembered |= {"letter": letter_id, "reply": reply_id}
    return matter_id


def _of_all(office: Office, reference: str) -> dict[str, Act]:
    """What meets files of both kinds."""
    late, message_id = office.mail("Where is it?", subject=f"Re: {reference}"), office.remembered["message-id"]
    back = Bounce((message_id.strip("<>"),), "5.1.1", permanent=True)
    return {
        "mail": lambda: office.receive(late),
        "return": lambda: office.desk.dispatching.record_bounce(back, Call(service("inbox"))),
        "rotation": lambda: office.service.keystore.rotate(keeps_old=True),
        "sweep": lambda: office.desk.sweeping.sweep(dry_run=False),
        "rebuild": lambda: rebuild(office.service.database, office.service.log, PROJECTIONS, at=office.clock.now()),
    }


def _of_case(office: Office, request_id: UUID) -> dict[str, Act]:
    desk, call = office.desk, Call(office.ann)
    return {
        **_of_all(office, office.case(request_id).reference),
        "reopen": lambda: desk.answers.reopen(request_id, call, reason="She called.", item_ids=("access",)),
        "note": lambda: desk.triage.add_note(request_id, call, note="She called."),
        "letter": lambda: desk.dispatching.prepare(request_id, call, kind=LetterKind.ACKNOWLEDGEMENT),
        "package": lambda: desk.exports.prepare(request_id, "access", call),
        "opening": lambda: desk.disclosures.open(request_id, call, purpose=DisclosurePurpose.AUDIT, versions=None),
    }


def _of_matter(office: Office, matter_id: UUID) -> dict[str, Act]:
    """With every command on a matter."""
    desk, call, case_id = office.desk, Call(office.ann), office.remembered["complained-of"]
    commands = {
        each.name: partial(each.desk.run, office, matter_id, call)
        for each in COMMANDS
        if each.desk is not None and each.http is not None and each.http.path.startswith("/matters/{}")
    }
    return {
        **_of_all(office, office.find(Matter, matter_id).reference),
        **commands,
        "reopen": lambda: written(office, call, kind=MatterKind.ORDER, request_ids=(case_id,), item_ids=("access",)),
        "claim": lambda: written(office, call, kind=MatterKind.COURT_CLAIM, request_ids=(case_id,)),
        "disclosure": lambda: record(office, matter_id=matter_id),
        "opening": lambda: desk.matters.open(matter_id, call, purpose=DisclosurePurpose.ANSWERING),
    }


KINDS: Final = {
    "matter": Kind(
        make=_matter,
        rivals=_of_matter,
        keeping=frozenset({"mail", "reopen", "claim", "disclosure"}),
        desk=lambda office: office.desk.file_forgetting,
        facts={"kind": FileKind.MATTER},
        load=lambda office, file_id: office.find(Matter, file_id),
        belongings=belongings_of_file,
        attest="dsr.domain.own_file.OwnFile.attest_forgetting",
    ),
    "case": Kind(
        make=_case,
        rivals=_of_case,
        keeping=frozenset({"mail", "reopen", "letter"}),
        desk=lambda office: office.desk.forgetting,
        facts={},
        load=lambda office, file_id: office.case(file_id),
        belongings=belongings_of,
        attest="dsr.domain.request.Request.attest_forgetting",
    ),
}
