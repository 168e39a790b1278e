"""The record of processing in the console: versions side by side, and a new one with its errors by line."""

import io
import re

from dsr.domain.roles import Role
from dsr.ropa.example import example
from tests.api.colleague import Colleague, signed_in
from tests.api.team import Team


def adopt(who: Colleague, text: str) -> str:
    """Send a file with the form of the page; where that leads, or what it answers."""
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', who.open("/console/record").text))
    answer = who.send("/console/record", **sent, file=(io.BytesIO(text.encode()), "ropa.yaml"))
    return answer.location or answer.text


def test_a_version_is_adopted_and_compared(team: Team) -> None:
    # given
    oona = signed_in(team, "oona", Role.OPERATOR)
    text = example(())
    name = re.search(r"^name: (.+)$", text, re.MULTILINE)
    assert name is not None
    # when
    wrong = adopt(oona, text.replace("country: DE", "country: XX", 1))
    many = adopt(oona, "controllers:\n" + "- 1\n" * 200)
    first = adopt(oona, text + "\n# the same, in another layout\n")
    second = adopt(oona, text.replace(name[0], "name: The renamed group", 1))
    # then
    line = next(number for number, each in enumerate(text.splitlines(), 1) if each.strip() == "- id: callcentre-de")
    assert f"Line {line}</strong>" in wrong
    assert "<code>- id: callcentre-de</code>" in wrong
    assert (len(re.findall(r">Line \d+</strong>", many)), "There are more." in many) == (100, True)
    assert re.search(r"be adopted: 20\d places", many)
    assert (first, second) == ("/console/record?done=adopt_ropa",) * 2
    shown = oona.open("/console/record/3").text
    assert "Version 3 beside version 2" in shown
    assert re.search(r"<ins>[^<]*The renamed group", shown)
    assert shown.count("<ins>") == 1
    assert oona.open("/console/record/3?against=9").status_code == 404
    assert oona.open("/console/record/3?against=x").status_code == 422
    # and nobody else adopts one
    carla = signed_in(team, "carla", Role.HANDLER)
    assert 'type="file"' not in carla.open("/console/record").text
