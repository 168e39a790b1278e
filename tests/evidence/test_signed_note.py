"""Signed notes: those of others verify, those of ours hold what they say, and whatever was altered verifies no more."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from dsr.evidence.checkpoint import Checkpoint
from dsr.evidence.signed_note import (
    LOG_KEY,
    WITNESS_KEY,
    NoteInvalid,
    NoteSignature,
    NoteSigner,
    SignedNote,
    VerifierKey,
)

# From the documentation of golang.org/x/mod/sumdb/note.
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

LOG = NoteSigner.of(Ed25519PrivateKey.from_private_bytes(bytes(32)), "dsr.example/log", LOG_KEY)
WITNESS = NoteSigner.of(Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)), "dpo.example/witness", WITNESS_KEY)
TEXT = str(Checkpoint("dsr.example/log", 7, bytes(32)))


def test_a_note_that_others_published_verifies() -> None:
    note, key = SignedNote.parse(PUBLISHED_NOTE), VerifierKey.parse(PUBLISHED_KEY)
    assert note.verified_by(key) is not None
    assert (str(note), str(key)) == (PUBLISHED_NOTE, PUBLISHED_KEY)


def test_a_checkpoint_is_signed_by_its_log_and_cosigned_by_a_witness() -> None:
    # when
    note = SignedNote(TEXT, (LOG.sign(TEXT),)).with_signatures([WITNESS.sign(TEXT, at=1_772_000_000)])
    read = SignedNote.parse(str(note))
    # then
    assert read.verified_by(VerifierKey.parse(str(LOG.verifier))) == note.signatures[0]
    cosigned = read.verified_by(VerifierKey.parse(str(WITNESS.verifier)))
    assert cosigned is not None
    assert cosigned.cosigned_at == 1_772_000_000
    assert Checkpoint.parse(read.text) == Checkpoint("dsr.example/log", 7, bytes(32))


def test_a_cosignature_holds_for_its_time_only() -> None:
    made = WITNESS.sign(TEXT, at=1_772_000_000)
    later = NoteSignature(made.name, made.key_hash, (1_772_000_001).to_bytes(8) + made.raw[8:])
    assert WITNESS.verifier.verifies(made, TEXT)
    assert not WITNESS.verifier.verifies(later, TEXT)


@given(place=st.integers(0, len(TEXT) - 2), bit=st.integers(0, 6))
def test_an_altered_text_verifies_no_more(place: int, bit: int) -> None:
    altered = TEXT[:place] + chr(ord(TEXT[place]) ^ (1 << bit)) + TEXT[place + 1 :]
    signature = LOG.sign(TEXT)
    assert LOG.verifier.verifies(signature, TEXT)
    assert not LOG.verifier.verifies(signature, altered)


def test_a_signature_by_another_key_of_the_same_name_does_not_verify() -> None:
    forger = NoteSigner.of(Ed25519PrivateKey.generate(), LOG.verifier.name, LOG_KEY)
    forged = forger.sign(TEXT)
    assert not LOG.verifier.verifies(forged, TEXT)
    assert not LOG.verifier.verifies(NoteSignature(forged.name, LOG.verifier.key_hash, forged.raw), TEXT)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        TEXT,
        TEXT + "\n",
        TEXT + "\n- dsr AAAAAAAA\n",
        TEXT + "\n— dsr.example/log AAAA\n",
        TEXT + "\n— dsr.example/log no base64\n",
        TEXT + "\n— dsr.example/log AAAAAAAA",
        "a\x00b\n\n— dsr.example/log AAAAAAAA\n",
        "a" * 1_000_001 + "\n\n— dsr.example/log AAAAAAAA\n",
        TEXT + "\n" + "— dsr.example/log AAAAAAAA\n" * 101,
    ],
)
def test_what_is_no_note_is_refused(raw: str) -> None:
    with pytest.raises(NoteInvalid):
        SignedNote.parse(raw)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "name",
        "na me+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        PUBLISHED_KEY.replace("c74f20a3", "c74f20a4"),
        PUBLISHED_KEY.replace("Peter", "Petra"),
        "name+00000000+AAAA",
        "name+00000000+" + base64.b64encode(bytes([2]) + bytes(32)).decode(),
    ],
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(NoteInvalid):
        VerifierKey.parse(key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n7\nAAAA\n",
        TEXT.replace("\n7\n", "\n07\n"),
        TEXT.replace("\n7\n", "\n-7\n"),
        TEXT.replace("\n7\n", "\n٧\n"),
        TEXT.replace("AAA=\n", "AA*=\n"),
        TEXT.replace("AAA=\n", "AA\x80=\n"),
        "dsr.example/log\n7\nAAAA\n",
        "dsr.example/log\n7",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        Checkpoint.parse(text)


def test_further_lines_of_a_checkpoint_are_left_to_its_log() -> None:
    assert Checkpoint.parse(TEXT + "more\n").size == 7


@pytest.mark.parametrize("name", ["", "two words", "plus+sign"])
def test_a_key_has_a_name_without_spaces_and_plus(name: str) -> None:
    with pytest.raises(ValueError, match="no white space"):
        NoteSigner.of(LOG.key, name, LOG_KEY)


@pytest.mark.parametrize(("signer", "at"), [(LOG, 1), (WITNESS, None)])
def test_only_a_cosignature_has_a_time(signer: NoteSigner, at: int | None) -> None:
    with pytest.raises(ValueError, match="has a time"):
        signer.sign(TEXT, at=at)
