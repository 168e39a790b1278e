"""A small record of processing as a file; tests change one line of it at a time."""

import pytest

SMALL = """\
name: Callcentre Norge
label: 2026-01-31
mail_servers: [mx.callcentre.example]
controllers:
  - id: callcentre-no
    name: Callcentre Norge AS
    country: NO
    zone: Europe/Oslo
    regime: eu-gdpr
    authority: no-datatilsynet
    address:
      - Eksempelveien 1
      - 0150 Oslo
    languages: [no, en]
    mailboxes: [privacy@callcentre.example]
    child_age: 13
systems:
  - id: recordings
    name: Recordings
    kind: telephony-recordings
    operator: callcentre-no
activities:
  - id: customer-calls
    name: Recording of customers' calls
    controllers: [callcentre-no]
    purpose: To train staff.
    legal_basis: consent
    subjects: [customers]
    data:
      - id: recording
        name: Recording of the call
        source: observed
        special: false
    retention: {period: P30D, words: From the day of the call.}
    systems: [recordings]
notice:
  children_under: 16
"""


@pytest.fixture
def small() -> str:
    return SMALL
