"""What a reader made of a message, as rows show it: without the passages, which are sealed."""

from dsr.domain.request.message import Message
from dsr.projections.rows import Row


def shown_suggestion(message: Message) -> Row | None:
    """The newest suggestion; None until a reader has read the message."""
    made = message.suggestion
    if made is None:
        return None
    return {
        "version": made.version,
        "model": made.model,
        "suggested_at": made.suggested_at.isoformat().replace("+00:00", "Z"),
        "asks": made.asks,
        "rights": [{"right": each.right.value, "percent": each.percent} for each in made.rights],
        "kinds": [{"kind": each.kind.value, "percent": each.percent} for each in made.kinds],
        "notes": [note.value for note in made.notes],
    }
