"""Letters as sent: text and structured statements are sealed, the codes of the statements are not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dsr.desk.repository import Repository
from dsr.domain.request import Request
from dsr.domain.request.letters import Letter, LetterKind, is_blank
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel
from dsr.ropa import authority

STATED_BY_THE_SERVICE: Final = frozenset({"authority", "judicial-remedy", "right-to-withdraw"})
"""Statements that follow from the law and from the record of processing: each letter that the service writes states
them where the law asks for them, so nobody has to put them in.
"""


@dataclass(frozen=True)
class Draft:
    """A letter that the team reports as sent."""

    kind: LetterKind
    channel: Channel
    dispatched_at: datetime | None
    """None: now."""
    language: str
    text: str
    statements: Mapping[str, object]
    """By code (docs/law §5); a blank one does not count. `authority` is the id of a supervisory authority."""
    addressee: AnswerTo = AnswerTo.DATA_SUBJECT


def seal_letter(repository: Repository, case: Request, draft: Draft, at: datetime) -> Letter:
    """Seal a letter for the case. Raises AuthorityUnknown, KeyDestroyed."""
    content = {"text": draft.text, "statements": full_statements(draft.statements)}
    return Letter(
        kind=draft.kind,
        channel=draft.channel,
        dispatched_at=draft.dispatched_at or at,
        language=draft.language,
        text=repository.sealer.seal_json(content, key=repository.case_key(case), stream_id=case.id, field="letter"),
        statements=made(draft.statements),
        addressee=draft.addressee,
    )


def made(statements: Mapping[str, object]) -> tuple[str, ...]:
    """Codes of the statements that are not blank."""
    return tuple(sorted(code for code, value in statements.items() if not is_blank(value)))


def full_statements(statements: Mapping[str, object]) -> dict[str, object]:
    """The statements with the authority by name and address (GDPR Art. 77). Raises AuthorityUnknown."""
    full = dict(statements)
    if not is_blank(full.get("authority")):
        full["authority"] = authority(str(full["authority"]))
    return full
