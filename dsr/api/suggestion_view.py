"""View of what a reader made of a message."""

from marshmallow import fields

from dsr.api.fields import Choice, Instant, View
from dsr.domain.request.message import LIKELY, MessageKind, ReaderNote
from dsr.domain.rights import Right


class LikelyRightView(View):
    """How likely a message exercises a right."""

    right = Choice(Right)
    percent = fields.Integer(metadata={"description": f"From 0 to 100; suggested from {LIKELY}."})


class LikelyKindView(View):
    """How likely a message is of a kind."""

    kind = Choice(MessageKind)
    percent = fields.Integer(metadata={"description": "From 0 to 100."})


class SuggestionView(View):
    """What the reader of letters made of a message: for the person who examines it, and never a decision."""

    version = fields.Integer(
        metadata={
            "description": "Version of the event `dsr.request.rights-suggested`. "
            "`POST /requests/{request_id}/disclosures` opens it, and shows the `passages` of the text on which each "
            "suggestion rests."
        }
    )
    model = fields.String(metadata={"description": "Name and version of the reader."})
    suggested_at = Instant(meaning="When it was recorded.")
    asks = fields.Integer(
        metadata={"description": "How likely the message asks for anything at all, from 0 to 100 percent."}
    )
    rights = fields.List(
        fields.Nested(LikelyRightView),
        metadata={"description": "The likeliest first, including those that are not suggested."},
    )
    kinds = fields.List(
        fields.Nested(LikelyKindView),
        metadata={
            "description": "What a message in a thread may be, the likeliest first; empty for the first message of a "
            "request, and where the reader does not tell."
        },
    )
    notes = fields.List(
        Choice(ReaderNote),
        metadata={
            "description": "`read-this-one`: nothing is likely enough to be suggested. `attachment-may-hold-it`: the "
            "request may be in an attachment, which the reader does not open. `language-not-read`: the reader does not "
            "know the language."
        },
    )


def suggestion(meaning: str) -> fields.Nested:
    """The field that shows it."""
    return fields.Nested(SuggestionView, allow_none=True, metadata={"description": meaning})
