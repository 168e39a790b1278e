"""What waits for a team is posted to its channel as a package is handed over: to a proven host, and nowhere else."""

import json
from ipaddress import ip_network

import pytest

from dsr.domain.handing_over import TargetAddress, TargetRefused, TargetUnsafe
from dsr.transfer import HttpsTransport, Webhook
from dsr.transfer.addresses import is_allowed
from tests.receiver import Receiver

HERE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
TEXT = 'Waiting for you: 1\n\nDSR-7K2M · "Art. 15"'


def webhook(receiver: Receiver, *allowed: object) -> Webhook:
    transport = HttpsTransport(authorities=receiver.authorities, private_networks=allowed)  # type: ignore[arg-type]
    return Webhook(transport, TargetAddress.parse(receiver.url("localhost")))


def test_a_channel_gets_the_text_as_slack_teams_and_mattermost_take_it(receiver: Receiver) -> None:
    receiver.answering(200, b"ok")
    webhook(receiver, *HERE).post(TEXT)
    [got] = receiver.received
    assert got.headers["content-type"] == "application/json"
    assert json.loads(got.body) == {"text": TEXT}


def test_a_channel_inside_a_private_network_has_to_be_allowed(receiver: Receiver) -> None:
    assert not is_allowed("127.0.0.1", ())
    with pytest.raises(TargetUnsafe):
        webhook(receiver).post(TEXT)
    assert receiver.received == []


def test_a_channel_that_refuses_is_tried_again(receiver: Receiver) -> None:
    receiver.answering(404, b"no_service")
    with pytest.raises(TargetRefused):
        webhook(receiver, *HERE).post(TEXT)


def test_a_webhook_does_not_show_its_address(receiver: Receiver) -> None:
    assert "localhost" not in repr(webhook(receiver, *HERE))
