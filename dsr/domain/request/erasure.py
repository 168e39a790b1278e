"""Grounds for erasure (GDPR Art. 17(1)): policy as a pure function.

The exceptions of Art. 17(3) are grounds of refusal, per field and to the extent necessary: see `grounds.py`.
"""

from collections.abc import Collection
from enum import StrEnum

from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.errors import GroundNotAvailable
from dsr.domain.ropa import LegalBasis


class ErasureGround(StrEnum):
    """GDPR Art. 17(1); codes are public."""

    NO_LONGER_NECESSARY = "no-longer-necessary"
    """GDPR Art. 17(1)(a): the data is no longer needed for its purposes."""
    CONSENT_WITHDRAWN = "consent-withdrawn"
    """GDPR Art. 17(1)(b): consent was withdrawn, and there is no other legal basis."""
    OBJECTION_PREVAILS = "objection-prevails"
    """GDPR Art. 17(1)(c): after Art. 21(1) without overriding grounds, or Art. 21(2)."""
    UNLAWFUL_PROCESSING = "unlawful-processing"
    """GDPR Art. 17(1)(d): the data was processed unlawfully."""
    ERASURE_REQUIRED_BY_LAW = "erasure-required-by-law"
    """GDPR Art. 17(1)(e): Union or national law requires it; the provision is named."""
    CHILD_SERVICE = "child-service"
    """GDPR Art. 17(1)(f): collected when an information society service was offered to a child, on consent (Art.
    8(1))."""


_ON_CONSENT = (ErasureGround.CONSENT_WITHDRAWN, ErasureGround.CHILD_SERVICE)


def check_erasure_ground(
    ground: ErasureGround | None,
    *,
    activities: Collection[ActivityBasis],
    provision: str,
    objection_prevails: bool,
    withdrawn: Collection[str],
) -> ErasureGround:
    """Return the ground if it holds for these activities (docs/law §4).

    `objection_prevails`: the case has an objection, not withdrawn, to direct marketing that was stopped, or one that
    was not balanced in the controller's favour. `withdrawn`: the activities to which the person withdrew consent, as
    recorded in the case; without that on record, past data would go while the next call is recorded (docs/law §11; GDPR
    Art. 7(3), 17(1)(b)). Raises GroundNotAvailable.
    """
    if not activities:
        raise GroundNotAvailable("Name the processing activities whose data is erased.")
    if ground is None:
        raise GroundNotAvailable(f"Name a ground for the erasure: {', '.join(ErasureGround)}.")
    if ground in _ON_CONSENT:
        other = sorted(each.activity for each in activities if each.basis is not LegalBasis.CONSENT)
        if other:
            raise GroundNotAvailable(
                f"'{ground}' holds for processing on consent: name only such activities, not {', '.join(other)}."
            )
    if ground is ErasureGround.CONSENT_WITHDRAWN:
        still = sorted({each.activity for each in activities} - set(withdrawn))
        if still:
            raise GroundNotAvailable(
                f"No withdrawal of consent to {', '.join(still)} is on record. Record it first, in the person's own "
                "words, with `POST /requests/{request_id}/consent-withdrawal`; without such words, ask the person.",
                activities=still,
            )
    if ground is ErasureGround.OBJECTION_PREVAILS and not objection_prevails:
        raise GroundNotAvailable(f"'{ground}' needs an objection that prevails: balance one first.")
    if ground is ErasureGround.ERASURE_REQUIRED_BY_LAW and not provision.strip():
        raise GroundNotAvailable(f"'{ground}' needs the name of the Union or national law in `provision`.")
    return ground
