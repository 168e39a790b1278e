"""Letters of matters: written from what is on record and what the team says, in the language of the sender (docs/law
§13).

The team sends them itself and then records that they left; nothing here is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from dsr.catalogues import Domain, reading_language
from dsr.desk.caller import Caller
from dsr.desk.errors import MatterLetterIncomplete, MatterUnknown
from dsr.desk.repository import Repository
from dsr.desk.without_request import load
from dsr.domain.matter import MATTER_LETTERS, Matter, MatterLetterKind
from dsr.domain.matter.guards import require_kind
from dsr.domain.request.letters import is_blank
from dsr.letters import MatterLetter, in_language_or_english, matter_letter
from dsr.projections.matters import matter_row
from dsr.ropa import AUTHORITIES


@dataclass(frozen=True)
class WrittenMatterLetter:
    """A letter as the service wrote it. No `repr`, since it is personal data."""

    language: str
    """ISO 639-1; a letter to a person that is not in English has its English text below."""
    subject: str
    text: str

    def __repr__(self) -> str:
        return "<WrittenMatterLetter>"


class MatterLetterDesk:
    """write the letters of matters."""

    def __init__(self, repository: Repository, *, english_if_untranslated: bool) -> None:
        """`english_if_untranslated`: write a letter with an untranslated sentence in English instead of failing."""
        self._repository = repository
        self._english_if_untranslated = english_if_untranslated

    def write(
        self, matter_id: UUID, caller: Caller, *, kind: MatterLetterKind, texts: Mapping[str, str]
    ) -> WrittenMatterLetter:
        """Write a letter of this kind; `texts` are what the team says, by code.

        Raises MatterUnknown, MatterOfOtherKind, MatterLetterIncomplete.
        """
        matter = load(self._repository, Matter, matter_id, caller, unknown=MatterUnknown)
        rule = MATTER_LETTERS[kind]
        require_kind(matter, *rule.kinds)
        missing = [each for each in rule.texts if is_blank(texts.get(each, ""))]
        if missing:
            raise MatterLetterIncomplete(missing=missing)
        with self._repository.database.reading() as connection:
            row = matter_row(connection, matter_id)
        assert row is not None  # noqa: S101 - its row is made of its events
        document = self._repository.ropa.at_version(matter.ropa_version).document
        controller = document.controller(matter.controller_id)
        office = controller if controller.mailboxes else document.controller(controller.mailbox_of or controller.id)
        letter = MatterLetter(
            kind=kind,
            reference=matter.reference,
            received_on=row["received_on"],
            controller=controller.name,
            mailbox=office.mailboxes[0],
            regime=controller.regime,
            authority=AUTHORITIES[controller.authority],
            dpo_mailbox=controller.dpo_mailbox or "",
            texts={code: text.strip() for code, text in texts.items()},
        )

        def write(language: str) -> WrittenMatterLetter:
            return WrittenMatterLetter(language, *matter_letter(letter, language))

        language = reading_language(Domain.LETTERS, row["language"], controller.languages)
        return in_language_or_english(write, language, english_if_untranslated=self._english_if_untranslated)
