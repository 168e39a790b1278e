"""Body of a letter sent by hand: in an answer, and in the notice of an extension (docs/law §5)."""

from typing import Any

from marshmallow import fields, validate

from dsr.api.enumerations import KEYS
from dsr.api.fields import Body, Choice, Code, Instant, Language, Text
from dsr.desk.letters import Draft
from dsr.domain.request.letters import REQUIRED_STATEMENTS, TO_OTHERS, LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.statement_code import StatementCode
from dsr.domain.request.values import Channel

_OF_KINDS = "; ".join(
    f"`{kind}` must state {', '.join(f'`{code}`' for code in sorted(codes))}"
    for kind, codes in REQUIRED_STATEMENTS.items()
    if kind not in TO_OTHERS
)


def statements_of(meaning: str, **kwargs: Any) -> fields.Dict:
    """The statements of a letter, by code."""
    return fields.Dict(
        keys=Code(),
        validate=validate.Length(max=50),
        metadata={
            KEYS: StatementCode,
            "description": f"What the letter states, by code; sealed. {meaning} `authority` and `complaint` take the "
            "id of a supervisory authority from `GET /authorities`: its name and address are filled in.",
        },
        **kwargs,
    )


def besides(known: str) -> fields.Dict:
    """What a letter of the service says besides; nothing has to be put in."""
    return statements_of(f"Nothing is needed here: the service itself states {known}.", load_default=dict)


class LetterBody(Body):
    """A letter as sent: text and statements are sealed."""

    channel = Choice(Channel, required=True)
    dispatched_at = Instant(load_default=None, meaning="When it left; now unless given.")
    language = Language(required=True)
    text = Text(required=True, meaning="The whole letter, word for word; sealed.")
    statements = statements_of(
        f"An account of the letter that you sent: name each statement that it makes. A letter of kind {_OF_KINDS}.",
        required=True,
    )
    addressee = Choice(
        AnswerTo,
        load_default=AnswerTo.DATA_SUBJECT,
        meaning="Whom it was sent to; a representative needs the authority for it.",
    )


def draft(kind: LetterKind, body: dict[str, Any]) -> Draft:
    """Convert to the value that the desk takes."""
    return Draft(kind=kind, **{name: body[name] for name in LetterBody._declared_fields})
