"""The quarantine in the console: a message is opened on record, and proposed to be discarded."""

import re

from dsr.domain.roles import Role
from tests.api.colleague import signed_in
from tests.api.team import Team


def test_a_message_is_opened_on_record_and_settled(team: Team) -> None:
    # given
    carla = signed_in(team, "carla", Role.HANDLER)
    assert "No message waits." in carla.open("/console/quarantine").text
    raw = b"From: ada@example.org\r\nTo: nobody@elsewhere.example\r\n\r\nPlease delete my data."
    waiting = team.ask("POST", "/intake/messages", "intake", data=raw, content_type="message/rfc822", key="a-mail")
    quarantine_id = waiting.get_json()["quarantine_id"]
    # when
    shown = carla.open("/console/quarantine").text
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', shown))
    place = f"/console/quarantine/{quarantine_id}/open"
    opened = carla.send(place, **sent, purpose="triage")
    audited = carla.send(place, **sent, purpose="audit")
    # then
    assert "Please delete my data." not in shown
    assert f"/console/do/enter_request?quarantine_id={quarantine_id}" in shown
    assert audited.status_code == 403
    assert opened.data == raw
    assert [each.actor for each in team.events("quarantine.opened")] == ["carla"]
    # and
    form = f"/console/quarantine/{quarantine_id}/do/discard_quarantined_message"
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', carla.open(form).text))
    assert carla.send(form, **sent, reason="An advertisement.").location.startswith("/console/quarantine?")
    assert "Discarding proposed by carla" in carla.open("/console/quarantine").text
