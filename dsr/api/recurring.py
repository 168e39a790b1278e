"""What fields mean that recur in answers, each in one wording.

A field whose description a view leaves out takes it from here by its name. A view in which that name means something
narrower says so itself.
"""

from collections.abc import Mapping
from typing import Final

RECURRING: Final[Mapping[str, str]] = {
    "acknowledged_at": "When its acknowledgement left; null until then.",
    "activities": "Ids of the processing activities in the record of processing.",
    "actor": "Who did it: a member of staff, the person, or a part of the service.",
    "credential": (
        "What they used, such as `token:<id>`, `session:<id>`, `sign-in:<id>` or `link:<id>`; null where a part of the "
        "service acted, and before version 0.3.0."
    ),
    "adopted_at": "When that version of the record of processing was put in force.",
    "answered": "The letter that tells its outcome has left.",
    "ciphertext_sha256": "Of the stored file; hex.",
    "collected_at": "When the system returned it.",
    "controller_id": "Id of the controller in the record of processing.",
    "controllers": "Ids of the controllers that they work for; `*`: all, including future ones.",
    "currency": "ISO 4217",
    "decided_at": "When it was decided; null until then.",
    "decided_by": "Who decided it; null until then.",
    "direct_marketing": "GDPR Art. 21(2): the objection is absolute.",
    "effective_due": "The earlier of the two: the answer is late after it.",
    "effective_ends_at": "24:00 local on the effective date.",
    "expires_at": "When it stops working.",
    "export_id": "Id of the package.",
    "extended": "By up to two further months; the notice has left.",
    "facts": "What the event says, without its sealed parts.",
    "files": "Data files, without the manifest.",
    "identifier": "Name by which the service knows them, such as `carla`.",
    "item_id": "Id of the item in its request: the right, such as `access`.",
    "items": "Its rights, one item each.",
    "kept_until": "When its file is to be destroyed; null once it was.",
    "opened": "What was opened, by event.",
    "opened_at": "When it was opened.",
    "operational_due": "The last working day on or before it.",
    "position": "In the log.",
    "prepared_at": "When it was prepared.",
    "prepared_by": "Who prepared it.",
    "promise_due": "What the privacy notice promises; null once extended.",
    "provision": "The provision that says so, such as `GDPR Art. 15(1)(a)`.",
    "purged_at": "When its file was destroyed; null until then.",
    "purpose": "What the data is used for, as the person reads it.",
    "quarantine_id": "Id of the message in quarantine.",
    "received_at": "When it arrived.",
    "received_on": "R: the local date of arrival.",
    "recorded_at": "When it was recorded.",
    "recorded_by": "Who recorded it.",
    "redeemed_at": "When the link was opened with its password; null until then.",
    "reference": "The reference that is told to people.",
    "refused_in_part": "The refused part.",
    "released_at": "When it was released; null until then.",
    "released_by": "Who released it; null until then.",
    "request_id": "Id of the request.",
    "roles": "What they may do.",
    "sealed": "Names of its sealed parts.",
    "session_ends_at": "When the download session ends; null while the link is not opened.",
    "settled_at": "When it was settled; null until then.",
    "settled_by": "Who settled it; null until then.",
    "statutory_due": "The last day of the law.",
    "suspended_days": "Days for which the clock stood still.",
    "system": "Id of the system that it comes from, in the record of processing.",
    "token": "The token itself, which is shown only here.",
    "token_id": "Id of the token; not the token itself.",
    "version": "The ETag, without quotes.",
    "wrong_secrets": "How often a wrong password was given; five end the link.",
}
