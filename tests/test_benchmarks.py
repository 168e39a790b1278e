"""What benchmarks prepare is lawful: a rule that is added must not stop a measurement in its middle."""

import pytest

from benchmarks import racing
from dsr.bootstrap import build
from dsr.settings import Settings


def test_the_packages_to_race_for_are_offered(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(racing, "LINKS", 2)
    made = build(settings)
    links = racing.offered_links(made, lambda: None)
    made.close()
    assert len({link.token for link in links}) == 2
