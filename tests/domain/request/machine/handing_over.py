"""The link to a package, its password, and what reached somebody else: docs/law §12 (GDPR Art. 5(1)(f), 32)."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

from hypothesis import strategies as st

from dsr.domain.request.letters import LetterKind
from dsr.domain.request.misdelivery import Misdelivered
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel

from .dates import DAY
from .frame import Frame, addressees, back, command, mostly, never, seldom, when, which
from .item import Item
from .law import COPIES, Law

APART = (Channel.TELEPHONE, Channel.IN_PERSON, Channel.POST)
"""Nobody reads them who reads the mail."""

channels = st.sampled_from([*APART * 3, *Channel])


def waits_for_password(item: Item) -> bool:
    return item.offer is not None and item.offer.password_by is None


def handed_out(item: Item) -> bool:
    return item.status == "done" and item.right in COPIES


def untold(law: Law) -> list[Item]:
    """Items that were carried out by a package which nobody can open."""
    return [item for item in law.items.values() if item.status == "done" and waits_for_password(item)]


class HandingOverRules(Frame):
    """Offer a package, revoke its link, ask for a new one; tell or send the password; record a misdelivery."""

    @when(lambda law: law.items, brings_on=lambda law: law.some(handed_out) and not untold(law))
    @command(which=which, again=seldom)
    def offer_package(self, which: int, again: bool) -> None:
        item_id, token = self.item_id(which, handed_out), uuid4()
        item = self.law.items.get(item_id)
        if item is not None and item.offer is not None and again:
            token = item.offer.token
        broken = {"subject-deceased": self.law.deceased, "item-unknown": item is None}
        if self.send("offer_package", broken, item_id, token_id=token) and item is not None:
            before = item.offer or SimpleNamespace(token=None, link_by=None, password_by=None)
            password_by = before.password_by if before.token == token else None
            item.offer = SimpleNamespace(
                token=token, offered_at=self.now, link_by=before.link_by, password_by=password_by
            )
            item.link_asked = False

    @when(lambda law: any(item.offer for item in law.items.values()), brings_on=never)
    @command(which=which, other=seldom)
    def revoke_offer(self, which: int, other: bool) -> None:
        """An earlier link ends without another word: its password is awaited no more."""
        item_id = self.item_id(which, lambda item: item.offer)
        item = self.law.items.get(item_id)
        offer = None if item is None else item.offer
        token = uuid4() if other or offer is None else offer.token
        if self.send("revoke_offer", {"item-unknown": item is None}, item_id, token_id=token) and item is not None:
            item.offer = None if offer is not None and offer.token == token else offer

    @when(lambda law: law.items, brings_on=never)
    @command(which=which)
    def ask_for_link(self, which: int) -> None:
        item_id = self.item_id(which, lambda item: item.offer)
        item = self.law.items.get(item_id)
        broken = {
            "subject-deceased": self.law.deceased,
            "item-unknown": item is None,
            "link-already-requested": item is not None and item.link_asked,
        }
        if self.send("ask_for_link", broken, item_id) and item is not None:
            item.link_asked = True

    @when(lambda law: law.items, brings_on=untold)
    @command(which=which, channel=channels, said=mostly, earlier=back)
    def tell_password(self, which: int, channel: Channel, said: bool, earlier: timedelta) -> None:
        item_id, told_at = self.item_id(which, waits_for_password), self.now - earlier
        broken = self.password_rules(item_id, channel) | {"reason-required": not said}
        offer = self.law.items[item_id].offer if item_id in self.law.items else None
        broken["dates-invalid"] = offer is not None and told_at < offer.offered_at
        given = {"channel": channel, "told_at": told_at, "account": self.sealed(said)}
        if self.send("tell_password", broken, item_id, **given):
            self.law.items[item_id].offer.password_by = channel

    @when(lambda law: law.items, brings_on=untold)
    @command(which=which, channel=channels, missing=seldom, earlier=back, addressee=addressees)
    def send_password(
        self, *, which: int, channel: Channel, missing: bool, earlier: timedelta, addressee: AnswerTo
    ) -> None:
        item_id, left = self.item_id(which, waits_for_password), self.now - earlier
        item = self.law.items.get(item_id)
        without = "password" if missing else ""
        letter = self.letter(LetterKind.PASSWORD, left, addressee, without=without, by=channel)
        rights = set() if item is None else {item.right}
        broken = self.password_rules(item_id, channel) | {
            "letter-incomplete": missing,
            "authority-missing": not self.law.may_get(addressee, left, self.local(left), rights),
            "dates-invalid": item is not None and item.offer is not None and left < item.offer.offered_at,
        }
        if self.send("send_password", broken, item_id, letter=letter) and item is not None:
            item.offer.password_by = channel

    def password_rules(self, item_id: str, channel: Channel) -> dict[str, object]:
        """What is broken where a password goes this way: another than the link took, and no mail."""
        item = self.law.items.get(item_id)
        offer = None if item is None else item.offer
        return {
            "item-unknown": item is None,
            "no-package-offered": item is not None and offer is None,
            "password-same-channel": channel not in APART or (offer is not None and channel is offer.link_by),
        }

    @when(lambda law: True, brings_on=never)
    @command(what=st.sampled_from(Misdelivered), said=mostly, earlier=st.sampled_from([timedelta(), DAY, 90 * DAY]))
    def record_misdelivery(self, what: Misdelivered, said: bool, earlier: timedelta) -> None:
        """Who got something by mistake may hold a link: none of them leads anywhere afterwards."""
        noticed_at = self.now - earlier
        broken = {"reason-required": not said, "dates-invalid": noticed_at < self.law.received_at}
        given = {"what": what, "noticed_at": noticed_at, "account": self.sealed(said)}
        if self.send("record_misdelivery", broken, **given):
            for item in self.law.items.values():
                item.offer = None
