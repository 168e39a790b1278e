"""The password of a package reaches the person by another channel than the link, and its delivery is on record
(docs/law §12; GDPR Art. 5(1)(f), 32).
"""

from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.guards import require_between
from dsr.domain.request.letters import Letter, check_complete
from dsr.domain.request.package_offer import PackageOffer
from dsr.domain.request.representation import require_authority
from dsr.domain.request.state_guards import state_guard
from dsr.domain.request.values import Channel
from dsr.domain.sealed import Sealed

BY_HAND: Final = frozenset({Channel.TELEPHONE, Channel.IN_PERSON, Channel.POST})
"""Channels by which a password may travel. A mail is none: the code that opens `/my` goes by mail, and with it a
package opens without its link.
"""


class NoPackageOffered(Refused):
    """No package of this item is offered, so no password has to reach anybody. Create a link first:
    `POST /exports/{export_id}/link`.
    """

    code = "no-package-offered"


class PasswordSameChannel(Refused):
    """The password may not travel by the channel of the link, nor by e-mail. Send the letter of kind `password` by
    post, or tell it on the telephone or in person and record that:
    `POST /requests/{request_id}/items/{item_id}/password`.
    """

    code = "password-same-channel"


class PasswordTold(RequestEvent):
    """The password of the offered package was told to the person."""

    TOPIC: ClassVar[str] = "dsr.request.password-told"
    item_id: str
    token_id: UUID
    """The link that it belongs to."""
    channel: Channel
    told_at: datetime
    account: Sealed
    """Whom it was told to, and how the person was recognised."""

    def apply(self, case: Case) -> None:
        _deliver(case, self.item_id, self.token_id, by=self.channel, dispatch_id=None)


class PasswordSent(RequestEvent):
    """The password of the offered package was sent, by a letter of its own."""

    TOPIC: ClassVar[str] = "dsr.request.password-sent"
    item_id: str
    token_id: UUID
    """The link that it belongs to."""
    letter: Letter

    def apply(self, case: Case) -> None:
        _deliver(case, self.item_id, self.token_id, by=self.letter.channel, dispatch_id=self.letter.dispatch_id)


def _deliver(case: Case, item_id: str, token_id: UUID, *, by: Channel, dispatch_id: UUID | None) -> None:
    """For events: the password of this link left, unless the link was replaced."""
    item = case.items[item_id]
    if item.offer is not None and item.offer.token_id == token_id:
        offer = replace(item.offer, password_left_by=by, password_letter=dispatch_id)
        case.items[item_id] = replace(item, offer=offer)


@state_guard
def may_tell_password(case: Case, *, item_id: str) -> PackageOffer:
    """The offered package of an item, on closed cases too. Raises NoPackageOffered, ItemUnknown."""
    offer = case.item(item_id).offer
    if offer is None:
        raise NoPackageOffered(item_id=item_id)
    return offer


@state_guard
def may_send_password(case: Case, *, item_id: str) -> PackageOffer:
    """As `may_tell_password`. Raises NoPackageOffered, ItemUnknown."""
    return may_tell_password(case, item_id=item_id)


class PasswordCommands(Case):
    """tell the password; send it by letter. Both work on closed cases too: a person may ask for a new link later."""

    def tell_password(
        self, acting: CaseActing, *, item_id: str, channel: Channel, told_at: datetime, account: Sealed | None
    ) -> None:
        """Record that the password was told: on the telephone, in person, or by a letter that was written by hand.

        `account` says whom it was told to, at which number, and how the person was recognised. Raises NoPackageOffered,
        PasswordSameChannel, ReasonRequired (no account), AnswerDatesInvalid (before the link, or ahead), ItemUnknown.
        """
        offer = may_tell_password(self, item_id=item_id)
        require_other_channel(offer, channel)
        if account is None:
            raise ReasonRequired("Say whom the password was told to, and how the person was recognised.")
        require_between(acting, told_at, not_before=offer.offered_at)
        self.record(
            acting,
            PasswordTold,
            item_id=item_id,
            token_id=offer.token_id,
            channel=channel,
            told_at=told_at,
            account=account,
        )

    def send_password(self, acting: CaseActing, *, item_id: str, letter: Letter) -> None:
        """Record that the letter with the password left.

        Raises NoPackageOffered, PasswordSameChannel, LetterIncomplete, AnswerDatesInvalid (before the link, or ahead),
        AuthorityMissing, ItemUnknown.
        """
        offer = may_send_password(self, item_id=item_id)
        require_other_channel(offer, letter.channel)
        check_complete(letter.kind, letter.statements)
        require_between(acting, letter.dispatched_at, not_before=offer.offered_at)
        require_authority(
            self.representations,
            letter,
            rights=(self.item(item_id).right,),
            left_on=acting.calendar.local_date(letter.dispatched_at),
        )
        self.record(acting, PasswordSent, item_id=item_id, token_id=offer.token_id, letter=letter)


def require_other_channel(offer: PackageOffer | None, password_by: Channel) -> None:
    """Check that the password travels by none of the channels of the link. Raises PasswordSameChannel."""
    link_by = None if offer is None else offer.link_left_by
    if password_by not in BY_HAND or password_by is link_by:
        raise PasswordSameChannel(channel=password_by.value, link_left_by=None if link_by is None else link_by.value)
