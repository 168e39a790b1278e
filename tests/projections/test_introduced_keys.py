"""What events say of the keys that they introduce: without it, a key from a reserve does not open."""

from typing import get_args, get_type_hints

from dsr.domain.events import Event, event_types
from dsr.domain.sealed import KeyIntroduction
from dsr.projections.introduced_keys import READ_MODEL as INTRODUCED_KEYS


def introduces(event_type: type[Event]) -> bool:
    """Whether one of its fields is an introduction, or a tuple of them."""
    return any(
        hint is KeyIntroduction or KeyIntroduction in get_args(hint) for hint in get_type_hints(event_type).values()
    )


def test_every_event_that_introduces_a_key_is_noted() -> None:
    ours = [each for each in event_types().values() if each.__module__.startswith("dsr.")]
    types = [each for each in ours if introduces(each)]
    assert len(types) > 10
    assert [each.TOPIC for each in types if not INTRODUCED_KEYS.handlers_of(each)] == []
