"""The language in which a person is answered (GDPR Art. 12(1))."""

from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.state_guards import state_guard


class LanguageUnchanged(Refused):
    """The letters of this case are in this language already. Nothing needs to be corrected."""

    code = "language-unchanged"


class LanguageCorrected(RequestEvent):
    """The person is answered in this language from now on; it was not recognised, or was entered wrongly."""

    TOPIC: ClassVar[str] = "dsr.request.language-corrected"
    language: str
    """ISO 639-1."""

    def apply(self, case: Case) -> None:
        case.language = self.language


@state_guard
def may_correct_language(case: Case, *, language: str) -> None:
    """To another language than that on record; on a closed case too, which letters may still leave. Raises
    LanguageUnchanged.
    """
    if case.language == language:
        raise LanguageUnchanged(language=language)


class LanguageCommands(Case):
    """correct the language."""

    def correct_language(self, acting: CaseActing, *, language: str) -> None:
        """Answer the person in this language from now on (ISO 639-1). Raises LanguageUnchanged."""
        may_correct_language(self, language=language)
        self.record(acting, LanguageCorrected, language=language)
