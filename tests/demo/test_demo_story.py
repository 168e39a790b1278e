"""The demo fails unless exactly what it tells happens."""

import pytest

from dsr.demo.client import DemoFailed, RequestRefused
from dsr.demo.story import expect, refusal


def refuse() -> None:
    raise RequestRefused("POST /closing", 409, {"code": "items-open", "detail": "Still to be decided: access."})


def test_what_is_refused_as_told_goes_on_with_the_reason() -> None:
    assert refusal("closing", "items-open", refuse).detail == "Still to be decided: access."


def test_what_is_refused_for_another_reason_fails_the_demo() -> None:
    with pytest.raises(DemoFailed, match=r"closing should be refused as response-not-sent, but .* items-open"):
        refusal("closing", "response-not-sent", refuse)


def test_what_goes_through_where_a_rule_should_forbid_it_fails_the_demo() -> None:
    with pytest.raises(DemoFailed, match="closing went through"):
        refusal("closing", "items-open", lambda: None)


def test_another_state_than_told_fails_the_demo() -> None:
    expect("the outcome", "fulfilled", "fulfilled")
    with pytest.raises(DemoFailed, match="the outcome: expected fulfilled, found refused"):
        expect("the outcome", "refused", "fulfilled")
