"""Rendering of a letter: subject, plain text and HTML, in the language of the reader with the English text below.

The rendered text is checked: each required and each given statement has to appear in it, in every language of the
letter (docs/law §5).
"""

from dataclasses import dataclass
from typing import Final

from jinja2 import TemplateError

from dsr.catalogues import ENGLISH, Domain, reading_language
from dsr.domain.request.errors import LetterIncomplete
from dsr.domain.request.letters import LetterKind, required_of
from dsr.letters.document import Block, MarkupRefused, as_text, read, said
from dsr.letters.errors import LetterTemplateInvalid
from dsr.letters.fields import LetterFields
from dsr.letters.mail_page import as_mail_page
from dsr.letters.statements import Speaker, Unsaid, clean
from dsr.letters.templating import Templates
from dsr.letters.words import LetterLanguage, Untranslated, in_language_or_english, words

_OWN_LANGUAGE_ONLY: Final = frozenset({LetterKind.STAFF_WARNING})
"""Letters that no data subject reads, without English text below."""


_BROKEN: Final = (
    TemplateError,
    MarkupRefused,
    LookupError,  # Unsaid is a subclass
    ArithmeticError,
    AttributeError,
    TypeError,
    ValueError,
    RecursionError,
)
"""Errors of a failing template."""

_TELLING: Final = (TemplateError, MarkupRefused, Unsaid)
"""Errors whose message concerns the template only."""


@dataclass(frozen=True, repr=False)
class LanguageVersion:
    """The letter in one language."""

    language: str
    subject: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, repr=False)
class Rendered:
    """A rendered letter. It has no `repr`, since it is personal data."""

    subject: str
    """In the language of the reader, one line."""
    text: str
    html: str
    """A complete page that loads nothing from elsewhere."""
    language: str
    """ISO 639-1, of the first part."""
    template_version: str
    statements: tuple[str, ...]
    """Codes of its statements."""
    parts: tuple[LanguageVersion, ...]
    """The same, as blocks, for paper."""


def render(fields: LetterFields, templates: Templates, *, controller_id: str | None = None) -> Rendered:
    """Render the letter; `controller_id` selects that controller's own templates, if any.

    Raises LetterIncomplete with the statements that have no value or do not appear in the text; LetterTemplateInvalid
    if the template fails on these fields, or if a sentence has no translation. With `english_if_untranslated`, such a
    letter is rendered in English only.
    """
    required = required_statements(fields)
    language = reading_language(Domain.LETTERS, fields.language)
    made = tuple(sorted(required | fields.statements.keys()))

    def parts_in(first: str) -> tuple[LanguageVersion, ...]:
        below = () if first == ENGLISH or fields.kind in _OWN_LANGUAGE_ONLY else (ENGLISH,)
        return tuple(
            _part(fields, templates, controller_id=controller_id, language=each, made=made, english_below=bool(below))
            for each in (first, *below)
        )

    try:
        parts = in_language_or_english(parts_in, language, english_if_untranslated=templates.english_if_untranslated)
    except Untranslated as missing:
        raise LetterTemplateInvalid(
            f"The letter '{fields.kind}' has a sentence without translation into '{language}': {missing}",
            kind=fields.kind.value,
        ) from None
    return Rendered(
        subject=parts[0].subject,
        text=_text(parts),
        html=as_mail_page(parts[0].subject, ((part.language, part.blocks) for part in parts)),
        language=parts[0].language,
        template_version=templates.version(fields.kind, controller_id=controller_id, language=language),
        statements=made,
        parts=parts,
    )


def required_statements(fields: LetterFields) -> frozenset[str]:
    """Codes of the statements that the letter has to make."""
    return required_of(
        fields.kind,
        nothing_held=fields.nothing_held,
        refuses=bool(fields.refused),
        transmitted=fields.transmitted,
    )


def _part(
    fields: LetterFields,
    templates: Templates,
    *,
    controller_id: str | None,
    language: str,
    made: tuple[str, ...],
    english_below: bool,
) -> LanguageVersion:
    spoken = words(language)
    speaker = Speaker(fields, spoken)
    _require(fields.kind, [code for code in made if not speaker.has(code)])
    values = _values(fields, spoken, speaker) | {"english_below": english_below and language != ENGLISH}
    try:
        template = templates.find(fields.kind, controller_id=controller_id, language=language)
        blocks = read(template.render(values))
        subject = _subject(blocks)
    except Untranslated:
        raise
    except _BROKEN as error:
        # `from None`: values in a template are personal data; the names of these errors are not.
        name = str(error) if isinstance(error, _TELLING) else type(error).__name__
        raise LetterTemplateInvalid(f"The template of '{fields.kind}' fails: {name}.", kind=fields.kind.value) from None
    text, marked = _flat(as_text(blocks)), said(blocks)
    unsaid = [
        code
        for code in made
        if any(
            _flat(proof) not in text or _flat(proof) not in _flat(marked.get(code, "")) for proof in speaker.proof(code)
        )
    ]
    _require(fields.kind, unsaid)
    return LanguageVersion(language, subject, blocks)


def _require(kind: LetterKind, missing: list[str]) -> None:
    if missing:
        raise LetterIncomplete(
            f"The letter '{kind}' must also state: {', '.join(missing)}.", kind=kind.value, missing=missing
        )


def _values(fields: LetterFields, spoken: LetterLanguage, speaker: Speaker) -> dict[str, object]:
    """All values available to a template."""
    return {
        "kind": fields.kind.value,
        "language": spoken.language,
        "reference": clean(fields.reference),
        "sender": clean(fields.sender.name),
        "mailbox": clean(fields.sender.mailbox),
        "addressee": clean(fields.addressee or ""),
        "received_on": spoken.day(fields.received_on),
        "regime": fields.sender.regime,
        "rights": speaker.rights(),
        "refusals": speaker.refusals(),
        "question_waits": fields.question_waits,
        "sender_doubtful": fields.sender_doubtful,
        "transmitted": fields.transmitted,
        "nothing_held": fields.nothing_held,
        "unidentified": any(each.right is None for each in fields.refused),
        "say": speaker.say,
        "has": speaker.has,
        "is_nothing": speaker.is_nothing,
        "is_day": speaker.is_day,
        "count": speaker.count,
        "provision": speaker.provision,
    }


def _subject(blocks: tuple[Block, ...]) -> str:
    """The first heading, as one line. Raises MarkupRefused."""
    heading = next((block.text for block in blocks if block.kind == "h1"), None)
    if heading is None:
        raise MarkupRefused("no <h1> names its subject")
    return _flat(heading)


def _flat(text: str) -> str:
    return " ".join(text.split())


_RULE: Final = "_" * 40


def _text(parts: tuple[LanguageVersion, ...]) -> str:
    return f"\n{_RULE}\n\n".join(as_text(part.blocks) for part in parts)
