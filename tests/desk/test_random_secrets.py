"""Secrets are random, and kept as hashes: neither the keyring nor ids give one (GDPR Art. 32(1)(b))."""

import base64
import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.errors import SecretShown, TokenInvalid
from dsr.desk.exports.links import export_links
from dsr.desk.tokens import REPEATED_FOR
from dsr.domain.export import ExportIsPurged, ExportNotOffered, RevocationReason
from dsr.domain.rights import Right
from dsr.domain.sealed import SealBroken
from dsr.vault.passing_secrets import passing_secrets
from tests.desk.office import Office
from tests.desk.test_exporting import offered, redeem


def kept(office: Office) -> int:
    with office.service.database.reading() as connection:
        number = connection.execute(sa.select(sa.func.count()).select_from(passing_secrets)).scalar_one()
    return int(number)


def link_id(office: Office, export_id: UUID) -> UUID:
    """The id of the one link of a package."""
    with office.service.database.reading() as connection:
        query = sa.select(export_links.c.token_id).where(export_links.c.export_id == export_id)
        return UUID(str(connection.execute(query).scalar_one()))


def computed(office: Office, use: str, what: bytes, token_id: UUID) -> str:
    """What earlier versions computed from an id under the keyring."""
    bits = hmac.digest(office.service.keyring.index_key(use), what + token_id.bytes, "sha256")
    return base64.urlsafe_b64encode(bits).decode().rstrip("=")


def test_who_has_the_keyring_and_the_ids_has_no_token(office: Office) -> None:
    # given
    office.enrol("carla", "callcentre-de")
    issued = office.desk.staff.issue_token("carla", Call(part("test")))
    token_id = UUID(issued.resource_id)
    # when
    guess = "dsr_" + computed(office, "bearer-token", b"token", token_id)
    # then
    assert guess != office.desk.staff.secret(issued)
    with pytest.raises(TokenInvalid):
        office.desk.staff.authenticate(guess)


def test_who_has_the_keyring_and_the_ids_opens_no_package(office: Office) -> None:
    # given
    export_id, link = offered(office)
    # when
    guess = "dsrx_" + computed(office, "export-link", b"token", link_id(office, export_id))
    # then
    assert guess != link.token
    with pytest.raises(ExportNotOffered):
        office.desk.exports.redeem(guess, link.password, network="")


def test_a_lost_answer_shows_the_token_for_ten_minutes_and_never_again(office: Office) -> None:
    # given
    office.enrol("carla", "callcentre-de")
    staff, call = office.desk.staff, Call(part("test"), idempotency=office.key())
    first = staff.secret(staff.issue_token("carla", call))
    # then
    office.clock.time += REPEATED_FOR - timedelta(seconds=1)
    assert staff.secret(staff.issue_token("carla", call)) == first
    office.clock.time += timedelta(seconds=1)
    with pytest.raises(SecretShown):
        staff.secret(staff.issue_token("carla", call))
    assert staff.authenticate(first).actor == "carla", "it works until it expires"


@pytest.mark.parametrize("ends", ["revoked", "left"])
def test_a_token_that_ended_is_shown_no_more(office: Office, ends: str) -> None:
    # given
    office.enrol("carla", "callcentre-de")
    staff, call = office.desk.staff, Call(part("test"), idempotency=office.key())
    issued = staff.issue_token("carla", call)
    # when
    if ends == "revoked":
        staff.revoke_token("carla", UUID(issued.resource_id), Call(office.ann))
    else:
        staff.leave("carla", Call(office.ann))
    # then
    with pytest.raises(SecretShown):
        staff.secret(staff.issue_token("carla", call))


def test_kept_secrets_go_with_the_next_purge_at_the_latest(office: Office) -> None:
    office.enrol("carla", "callcentre-de")
    office.desk.staff.issue_token("carla", Call(part("test")))
    office.desk.credential_mail.send_due()  # a notice to the DPO is kept until it leaves
    assert kept(office) == 1
    office.service.passing_secrets.drop_expired(office.clock.now())
    assert kept(office) == 1
    office.clock.time += REPEATED_FOR
    office.service.passing_secrets.drop_expired(office.clock.now())
    assert kept(office) == 0


def test_a_kept_secret_can_t_be_moved_to_another_id(office: Office) -> None:
    # given
    office.enrol("carla", "callcentre-de")
    staff = office.desk.staff
    mine, other = (staff.issue_token("carla", Call(part("test"))) for _ in range(2))
    moved = sa.select(passing_secrets.c.sealed).where(passing_secrets.c.secret_id == UUID(other.resource_id))
    # when
    with office.service.database.writing() as connection:
        sealed = connection.execute(moved).scalar_one()
        row = passing_secrets.update().where(passing_secrets.c.secret_id == UUID(mine.resource_id))
        connection.execute(row.values(sealed=sealed))
    # then
    with pytest.raises(SealBroken):
        staff.secret(mine)


def test_link_and_password_are_shown_to_a_repetition_for_ten_minutes(office: Office) -> None:
    # given
    export_id, _ = offered(office)
    exports, call = office.desk.exports, Call(office.ann, idempotency=office.key())
    first = exports.link(exports.offer(export_id, call))
    # when
    office.clock.time += REPEATED_FOR
    # then
    with pytest.raises(SecretShown):
        exports.link(exports.offer(export_id, call))
    assert redeem(office, first).startswith(b"PK")


def test_the_root_of_a_link_dies_with_its_package(office: Office) -> None:
    # given
    export_id, link = offered(office)
    exports, call = office.desk.exports, Call(office.ann, idempotency=office.key())
    answer = exports.offer(export_id, call)
    new = exports.link(answer)
    # when
    exports.revoke(export_id, Call(office.ann), reason=RevocationReason.CONTENT_WRONG)
    # then
    with pytest.raises(ExportIsPurged):
        exports.link(answer)
    with pytest.raises(ExportIsPurged):
        redeem(office, new)
    assert link != new


def test_a_link_of_an_earlier_version_works_until_it_expires(office: Office) -> None:
    # given: a link that was computed from its id
    export_id, _ = offered(office, right=Right.ACCESS)
    token_id = link_id(office, export_id)
    with office.service.database.writing() as connection:
        row = export_links.update().where(export_links.c.token_id == token_id)
        connection.execute(row.values(root=None))
    links = office.desk.exports.links
    link, session = links.link(token_id), links.session(token_id, 0)
    with office.service.database.writing() as connection:
        hashes = {"sha256": _sha256(link.token), "session_sha256": _sha256(session)}
        connection.execute(export_links.update().where(export_links.c.token_id == token_id).values(hashes))
    # then
    assert link.token == "dsrx_" + computed(office, "export-link", b"token", token_id)
    assert redeem(office, link).startswith(b"PK")


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
