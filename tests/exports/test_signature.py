"""A receiving controller sees from whom a package is, and whatever was done to it breaks the signature."""

import base64
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc.jwk import OKPKey

from dsr.cli import main
from dsr.exports import PackageContents, PackageStream, verify_package
from dsr.exports.signature import SignatureInvalid, check, read_keys, sign, signer

AT = datetime(2026, 3, 5, 10, tzinfo=UTC)
KEY, OTHER = OKPKey.generate_key("Ed25519"), OKPKey.generate_key("Ed25519")


def jwks(*keys: OKPKey) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


@pytest.fixture
def package(portability: PackageContents) -> bytes:
    return b"".join(PackageStream(portability, signer(KEY, issuer="callcentre-de", at=AT)))


def changed(package: bytes, change: Any) -> bytes:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(target := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


def codes(package: bytes, keys: bytes) -> set[str]:
    return {problem.code for problem in verify_package(io.BytesIO(package), keys=keys)}


def test_a_signed_package_holds_with_the_published_key_also_once_another_took_its_place(package: bytes) -> None:
    assert codes(package, jwks(KEY)) == set()
    assert codes(package, jwks(OTHER, KEY)) == set()


def test_the_signature_is_checked_without_any_library_for_jws() -> None:
    header, empty, signature = sign(b"{}", key=KEY, issuer="callcentre-de", at=AT).decode().split(".")
    signed = f"{header}.{base64.urlsafe_b64encode(b'{}').decode().rstrip('=')}".encode()
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(str(KEY.as_dict(private=False)["x"]) + "="))
    public.verify(base64.urlsafe_b64decode(signature + "=="), signed)
    assert empty == ""
    said = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    assert said == {"alg": "Ed25519", "kid": KEY.thumbprint(), "iss": "callcentre-de", "iat": int(AT.timestamp())}


def test_a_manifest_rewritten_with_its_file_is_found_by_the_signature(package: bytes) -> None:
    def rewrite(entries: dict[str, bytes]) -> None:
        entries["manifest.json"] = entries["manifest.json"].replace(b"DSR-7KQ4-M2XN", b"DSR-7KQ4-M2XM")

    assert codes(changed(package, rewrite), jwks(KEY)) == {"signature-wrong"}


def test_a_package_signed_by_nobody_or_by_another_does_not_hold(package: bytes, portability: PackageContents) -> None:
    assert codes(package, jwks(OTHER)) == {"signature-key-unknown"}
    assert codes(changed(package, lambda e: e.pop("manifest.jws")), jwks(KEY)) == {"signature-missing"}
    assert codes(package, b"{}") == {"jwks-unreadable"}
    of_other = b"".join(PackageStream(portability, signer(KEY, issuer="callcentre-fr", at=AT)))
    assert codes(of_other, jwks(KEY)) == {"signature-of-other"}


def test_a_file_swapped_or_a_package_cut_is_found(package: bytes) -> None:
    def swap(entries: dict[str, bytes]) -> None:
        one, other = "data/calls.json", "data/account.json"
        entries[one], entries[other] = entries[other], entries[one]

    assert "digest-differs" in codes(changed(package, swap), jwks(KEY))
    assert codes(package[:-30], jwks(KEY)) == {"not-a-package"}


@pytest.mark.parametrize("broken", [b"", b"..", b"a.b.c", b"\xff..", b"." * 10_000])
def test_what_is_no_signature_is_said_to_be_none(broken: bytes) -> None:
    with pytest.raises(SignatureInvalid) as refusal:
        check(broken, b"{}", read_keys(jwks(KEY)))
    assert refusal.value.code == "signature-unreadable"


def test_every_bit_of_a_signature_counts() -> None:
    signature, keys = sign(b"{}", key=KEY, issuer="callcentre-de", at=AT), read_keys(jwks(KEY))
    for place in range(len(signature) - 1):  # the last sign of base64url carries bits without meaning
        with pytest.raises(SignatureInvalid):
            check(signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1 :], b"{}", keys)


def test_no_other_algorithm_is_talked_into() -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"x","iss":"a","iat":1}').rstrip(b"=")
    with pytest.raises(SignatureInvalid):
        check(header + b"..", b"{}", read_keys(jwks(KEY)))


def test_a_bomb_is_refused_by_its_ratio(package: bytes) -> None:
    bomb = changed(package, lambda entries: entries.update({"data/bomb.json": b"\0" * 30_000_000}))
    assert codes(bomb, jwks(KEY)) == {"too-dense"}


def test_the_command_says_in_words_what_holds(package: bytes, tmp_path: Path) -> None:
    file, keys = tmp_path / "package.zip", tmp_path / "jwks.json"
    file.write_bytes(package)
    keys.write_bytes(jwks(KEY))
    run = CliRunner().invoke
    good = run(main, ["export", "verify", str(file), "--jwks", str(keys)])
    assert (good.exit_code, good.output.count("yes"), good.output.count("not checked")) == (0, 5, 1)
    wrong = run(main, ["export", "verify", str(file), "--sha256", "0" * 64])
    assert (wrong.exit_code, "package-digest-differs" in wrong.output) == (1, True)
    assert run(main, ["export", "verify", str(file), "--sha256", "0"]).exit_code == 2
    file.write_bytes(package[:-30])
    assert run(main, ["export", "verify", str(file), "--jwks", str(keys)]).exit_code == 1
