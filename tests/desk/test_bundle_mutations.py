"""Whatever somebody changes in an audit bundle, its verifier says so, and says what.

Three forgers, each stronger than the one before: one changes bytes of the file; one has the key of the log and signs
the changed file anew; one also rewrites the log itself, with headers, tree and checkpoint, so that only the law, or a
witness, contradicts them.
"""

import hashlib
import io
import json
import random
import re
import zipfile
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dsr.domain.log_signing import bundle_text
from dsr.evidence.signed_note import LOG_KEY, WITNESS_KEY, NoteSigner, SignedNote
from dsr.evidence.tree import Frontier, leaf_hash
from dsr.evidence.verifier import verify
from dsr.vault.associated_data import associated_data
from tests.bundles import bundle_of, log_key, play
from tests.desk.office import Office
from tests.proving import in_ci

MUTATIONS = in_ci(300, proving=10_000)

PROVED = ("headers.jsonl", "payloads.jsonl", "keys.jsonl", "opened.jsonl", "files.jsonl", "streams.jsonl")
"""Entries in lines of which no byte is left to believe."""

Entries = dict[str, bytes]


@dataclass(frozen=True)
class Forged:
    """A bundle, with what its forger needs."""

    entries: Entries
    signer: NoteSigner
    witness: NoteSigner

    def packed(self) -> bytes:
        """The file: manifest made to fit, and signed anew."""
        manifest = json.loads(self.entries["manifest.json"])
        manifest["files"] = [
            {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in self.entries.items()
            if path != "manifest.json"
        ]
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as archive:
            for path, content in (self.entries | {"manifest.json": json.dumps(manifest).encode()}).items():
                archive.writestr(path, content)
        return sealed(whole.getvalue(), self.signer)

    def lines(self, path: str) -> list[bytes]:
        return self.entries[path].splitlines()

    def with_lines(self, path: str, lines: list[bytes]) -> "Forged":
        return self.with_entry(path, b"".join(line + b"\n" for line in lines))

    def with_entry(self, path: str, content: bytes) -> "Forged":
        return replace(self, entries=self.entries | {path: content})

    def signed_anew(self, *, cosigned: bool = False) -> "Forged":
        """A checkpoint that fits the headers, by the key of the log; the witness refuses."""
        tree = Frontier()
        for line in self.lines("headers.jsonl"):
            tree.add(leaf_hash(line))
        text = f"{self.signer.verifier.name}\n{tree.size}\n{b64encode(tree.root()).decode()}\n"
        signatures = [self.signer.sign(text)]
        if cosigned:
            signatures.append(self.witness.sign(text, at=1_700_000_000))
        return self.with_entry("checkpoint.txt", str(SignedNote(text, tuple(signatures))).encode())


def sealed(archive: bytes, signer: NoteSigner) -> bytes:
    text = bundle_text(signer.verifier.name, hashlib.sha256(archive[:-2]).hexdigest())
    comment = str(SignedNote(text, (signer.sign(text),))).encode()
    return archive[:-2] + len(comment).to_bytes(2, "little") + comment


Mutation = Callable[[random.Random, Forged], bytes]

# Bytes of the file ---------------------------------------------------------------------------------------------------


def flip_bit(chance: random.Random, forged: Forged) -> bytes:
    made = bytearray(forged.packed())
    made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    return bytes(made)


def cut_tail(chance: random.Random, forged: Forged) -> bytes:
    made = forged.packed()
    return made[: chance.randrange(len(made))]


def append_bytes(chance: random.Random, forged: Forged) -> bytes:
    return forged.packed() + chance.randbytes(chance.randrange(1, 50))


def swap_blocks(chance: random.Random, forged: Forged) -> bytes:
    made = forged.packed()
    one, other = sorted(chance.sample(range(0, len(made) - 64, 64), 2))
    return made[:one] + made[other : other + 64] + made[one + 64 : other] + made[one : one + 64] + made[other + 64 :]


# Entries, with the file signed anew ----------------------------------------------------------------------------------


def flip_in_lines(chance: random.Random, forged: Forged) -> bytes:
    path = chance.choice([each for each in PROVED if forged.entries[each]])
    content = bytearray(forged.entries[path])
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return forged.with_entry(path, bytes(content)).packed()


def drop_line(chance: random.Random, forged: Forged) -> bytes:
    path = chance.choice([each for each in PROVED if forged.entries[each]])
    lines = forged.lines(path)
    lines.pop(chance.randrange(len(lines)))
    return forged.with_lines(path, lines).packed()


def insert_line(chance: random.Random, forged: Forged) -> bytes:
    path = chance.choice(["headers.jsonl", "payloads.jsonl", "opened.jsonl"])
    lines = forged.lines(path)
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return forged.with_lines(path, lines).packed()


def reorder_lines(chance: random.Random, forged: Forged) -> bytes:
    path = chance.choice(["headers.jsonl", "payloads.jsonl"])
    lines = forged.lines(path)
    one, other = chance.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return forged.with_lines(path, lines).packed()


def cut_log(chance: random.Random, forged: Forged) -> bytes:
    lines = forged.lines("headers.jsonl")
    return forged.with_lines("headers.jsonl", lines[: chance.randrange(1, len(lines))]).packed()


def other_words(chance: random.Random, forged: Forged) -> bytes:
    """An opened text says something else."""
    lines = forged.lines("opened.jsonl")
    place = chance.choice([each for each, line in enumerate(lines) if b'"opened"' in line])
    lines[place] = json.dumps(json.loads(lines[place]) | {"value": "I withdraw."}).encode()
    return forged.with_lines("opened.jsonl", lines).packed()


def replace_file(chance: random.Random, forged: Forged) -> bytes:
    path = chance.choice([each for each in forged.entries if each.startswith("files/")])
    return forged.with_entry(path, forged.entries[path] + b" ").packed()


def replace_letter(chance: random.Random, forged: Forged) -> bytes:
    path = chance.choice([each for each in forged.entries if each.startswith("letters/")])
    return forged.with_entry(path, forged.entries[path].replace(b"2026", b"2027") + b" ").packed()


def replace_record(chance: random.Random, forged: Forged) -> bytes:
    """One public holiday more or less in the record as it is shown."""
    path = chance.choice([each for each in forged.entries if each.startswith("records/")])
    record = json.loads(forged.entries[path])
    holidays = chance.choice(record["calendars"])["holidays"]
    holidays.pop(chance.randrange(len(holidays)))
    return forged.with_entry(path, json.dumps(record).encode()).packed()


def claim_other_date(chance: random.Random, forged: Forged) -> bytes:
    path = chance.choice([each for each in forged.entries if re.fullmatch(r"cases/.*\.json", each)])
    case = json.loads(forged.entries[path])
    case["deadline"]["statutory_due"] = "2026-12-24"
    return forged.with_entry(path, json.dumps(case).encode()).packed()


def hide_key(chance: random.Random, forged: Forged) -> bytes:
    """A key is said to be destroyed, and what it opens with it."""
    keys = list(map(json.loads, forged.lines("keys.jsonl")))
    key = chance.choice([each for each in keys if each["material"]])
    key |= {"material": None, "state": "destroyed"}
    return forged.with_lines("keys.jsonl", [json.dumps(each).encode() for each in keys]).packed()


def withhold_words(_: random.Random, forged: Forged) -> bytes:
    """The key of a case is kept back, as that of a package may be, and the numbers fit."""
    keys = [json.loads(line) for line in forged.lines("keys.jsonl")]
    hidden = next(each for each in keys if each["purpose"] == "case-file" and each["state"] == "opened")
    hidden |= {"state": "withheld", "material": None}
    facts = {(row["position"], pointer): value for row, pointer, value in sealed_parts(forged)}
    manifest = json.loads(forged.entries["manifest.json"])
    changed = forged.with_lines("keys.jsonl", [json.dumps(each).encode() for each in keys])
    for path in ("opened.jsonl", "files.jsonl"):
        told = [json.loads(line) for line in forged.lines(path)]
        for each in told:
            if facts[each["position"], each["pointer"]]["key_id"] == hidden["key_id"]:
                each["state"] = "withheld"
                manifest["parts"] = Counter(manifest["parts"]) + Counter(withheld=1, opened=-1)
        changed = changed.with_lines(path, [json.dumps(each).encode() for each in told])
    manifest["parts"] = {state: manifest["parts"][state] for state in ("opened", "destroyed", "withheld", "lost")}
    return changed.with_entry("manifest.json", json.dumps(manifest).encode()).packed()


def sealed_parts(forged: Forged) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    """Everything in the payloads that a key closes: its row, where, and what."""
    for line in forged.lines("payloads.jsonl"):
        row = json.loads(line)
        for pointer, value in verify.objects(json.loads(row["payload"]), ""):
            if "key_id" in value:
                yield row, pointer, value


def other_key(chance: random.Random, forged: Forged) -> bytes:
    keys = list(map(json.loads, forged.lines("keys.jsonl")))
    chance.choice([each for each in keys if each["material"]])["material"] = chance.randbytes(32).hex()
    return forged.with_lines("keys.jsonl", [json.dumps(each).encode() for each in keys]).packed()


def relabel_key(chance: random.Random, forged: Forged) -> bytes:
    """A key is said to be other than it is, and stays as it was."""
    keys = list(map(json.loads, forged.lines("keys.jsonl")))
    key = chance.choice(keys)
    key["state"] = chance.choice([each for each in (*verify.STATES, "shown") if each != key["state"]])
    return forged.with_lines("keys.jsonl", [json.dumps(each).encode() for each in keys]).packed()


def drop_entry(chance: random.Random, forged: Forged) -> bytes:
    path = chance.choice([each for each in forged.entries if re.fullmatch(r"(files|letters)/.*|cases/.*json", each)])
    return replace(forged, entries={name: it for name, it in forged.entries.items() if name != path}).packed()


def sign_with_another_key(chance: random.Random, forged: Forged) -> bytes:
    """Everything is signed anew by a key of the forger, under the name of the log."""
    other = NoteSigner.of(
        Ed25519PrivateKey.from_private_bytes(chance.randbytes(32)), forged.signer.verifier.name, LOG_KEY
    )
    return replace(forged, signer=other).signed_anew().packed()


# The log itself, rewritten and signed anew by the key of the log ------------------------------------------------------


def rewritten(
    forged: Forged, wanted: Callable[[dict[str, Any]], bool], change: Callable[[dict[str, Any]], None]
) -> Forged:
    """Change the first payload that is wanted; header, tree and checkpoint fit it again."""
    payloads, headers = forged.lines("payloads.jsonl"), forged.lines("headers.jsonl")
    for place, line in enumerate(payloads):
        row = json.loads(line)
        header = json.loads(headers[row["position"] - 1])
        facts = json.loads(row["payload"])
        if wanted({"name": header["name"]} | facts):
            change(facts)
            row["payload"] = json.dumps(facts, separators=(",", ":"), ensure_ascii=False)
            header["payload_sha256"] = hashlib.sha256(row["payload"].encode()).hexdigest()
            payloads[place] = json.dumps(row).encode()
            headers[row["position"] - 1] = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
            break
    else:
        raise AssertionError("no such payload")
    return forged.with_lines("payloads.jsonl", payloads).with_lines("headers.jsonl", headers).signed_anew(cosigned=True)


def named(*names: str) -> Callable[[dict[str, Any]], bool]:
    return lambda facts: facts["name"] in names


def change_deadline(chance: random.Random, forged: Forged) -> bytes:
    kind = chance.choice(["received", "clock-suspended", "clock-resumed", "deadline-extended"])
    field = chance.choice(["statutory_due", "effective_due", "operational_due", "unsuspended_due"])
    by = timedelta(days=chance.choice([-7, -1, 1, 30]))

    def change(facts: dict[str, Any]) -> None:
        facts["deadline"][field] = (date.fromisoformat(facts["deadline"][field]) + by).isoformat()

    return rewritten(forged, named(f"dsr.request.{kind}"), change).packed()


def move_arrival(chance: random.Random, forged: Forged) -> bytes:
    """Arrival and its day agree with each other, and the deadlines stay."""
    days = chance.randrange(1, 20)

    def change(facts: dict[str, Any]) -> None:
        facts["received_on"] = (date.fromisoformat(facts["received_on"]) + timedelta(days=days)).isoformat()

    return rewritten(forged, named("dsr.request.received"), change).packed()


def move_suspension(chance: random.Random, forged: Forged) -> bytes:
    """The person is said to have answered later than anything happened."""
    days = chance.randrange(40, 90)

    def change(facts: dict[str, Any]) -> None:
        facts["sufficient_on"] = (date.fromisoformat(facts["sufficient_on"]) + timedelta(days=days)).isoformat()

    return rewritten(forged, named("dsr.request.clock-resumed"), change).packed()


def approve_alone(chance: random.Random, forged: Forged) -> bytes:
    """Whoever proposed also decided."""
    return rewritten(
        forged,
        named(chance.choice(["dsr.request.item-refused", "dsr.request.extension-approved"])),
        lambda facts: facts.update(actor=facts["proposed_by"]),
    ).packed()


def change_proposer(chance: random.Random, forged: Forged) -> bytes:
    return rewritten(
        forged,
        named(chance.choice(["dsr.request.item-refused", "dsr.request.extension-approved"])),
        lambda facts: facts.update(proposed_by=f"somebody-{chance.randrange(99)}"),
    ).packed()


def hide_lateness(_: random.Random, forged: Forged) -> bytes:
    return rewritten(
        forged, named("dsr.request.item-refused"), lambda facts: facts.update(late=not facts["late"])
    ).packed()


def remove_destruction(_: random.Random, forged: Forged) -> bytes:
    return rewritten(
        forged, named("dsr.request.identity-confirmed"), lambda facts: facts.update(evidence_destroyed=[])
    ).packed()


def invent_destruction(_: random.Random, forged: Forged) -> bytes:
    """A key that still opens is said to be destroyed."""
    key_id = next(json.loads(line)["key_id"] for line in forged.lines("keys.jsonl") if b'"case-file"' in line)
    return rewritten(
        forged, named("dsr.request.identity-confirmed"), lambda facts: facts["evidence_destroyed"].append(key_id)
    ).packed()


def replace_calendars(chance: random.Random, forged: Forged) -> bytes:
    """The day on which a case was due becomes a public holiday, in the log and in the record that is shown."""
    received = next(
        facts
        for facts in (json.loads(json.loads(line)["payload"]) for line in forged.lines("payloads.jsonl"))
        if "acknowledge_by" in facts
    )
    day = chance.choice([received["deadline"]["statutory_due"], received["acknowledge_by"]])

    def change(facts: dict[str, Any]) -> None:
        for each in facts["calendars"]:
            each["holidays"].append(day)

    record = json.loads(forged.entries["records/0001.json"])
    change(record)
    shown = forged.with_entry("records/0001.json", json.dumps(record).encode())
    return rewritten(shown, named("dsr.ropa.adopted"), change).packed()


def leave_out_cases(chance: random.Random, forged: Forged) -> bytes:
    """One case more than the bundle says it had to withhold."""
    streams = list(map(json.loads, forged.lines("streams.jsonl")))
    cases = [each["stream_id"] for each in streams if each["kind"] == "dsr.request"]
    gone = set(chance.sample(cases, chance.randrange(1, 3)))
    headers = list(map(json.loads, forged.lines("headers.jsonl")))
    manifest = json.loads(forged.entries["manifest.json"])
    manifest |= {"withheld": len(gone) - 1, "cases": len(cases) - len(gone)}
    changed = forged.with_lines(
        "streams.jsonl", [json.dumps(each).encode() for each in streams if each["stream_id"] not in gone]
    ).with_entry("manifest.json", json.dumps(manifest).encode())
    for path in ("payloads.jsonl", "opened.jsonl", "files.jsonl"):
        kept = [
            line for line in forged.lines(path) if headers[json.loads(line)["position"] - 1]["stream_id"] not in gone
        ]
        changed = changed.with_lines(path, kept)
    return changed.packed()


def leave_out_letter(chance: random.Random, forged: Forged) -> bytes:
    """A letter of a case in scope, as if it belonged to one that is withheld."""
    streams = list(map(json.loads, forged.lines("streams.jsonl")))
    letter = chance.choice([each["stream_id"] for each in streams if each["kind"] == "dsr.dispatch"])
    manifest = json.loads(forged.entries["manifest.json"]) | {"withheld": 1}
    kept = [json.dumps(each).encode() for each in streams if each["stream_id"] != letter]
    return forged.with_lines("streams.jsonl", kept).with_entry("manifest.json", json.dumps(manifest).encode()).packed()


def put_off_matter(chance: random.Random, forged: Forged) -> bytes:
    """An authority is said to have given more time, or an incident to have had more than 72 hours."""
    kind = chance.choice(["inquiry", "incident"])
    field = chance.choice(["ends_at", "warn_at", *(["on"] if kind == "incident" else [])])
    days = timedelta(days=chance.randrange(1, 20))

    def change(facts: dict[str, Any]) -> None:
        said = facts["date"][field]
        facts["date"][field] = (
            (date.fromisoformat(said) + days).isoformat()
            if field == "on"
            else verify.plain(verify.instant(said) + days)
        )

    return rewritten(
        forged, lambda facts: facts["name"] == "dsr.matter.opened" and facts["kind"] == kind, change
    ).packed()


def notify_in_time(_: random.Random, forged: Forged) -> bytes:
    """The authority is said to have heard of the incident within the 72 hours."""
    return rewritten(forged, named("dsr.matter.authority-notified"), lambda facts: facts.update(late=False)).packed()


def miss_another_date(_: random.Random, forged: Forged) -> bytes:
    return rewritten(forged, named("dsr.matter.date-missed"), lambda facts: facts.update(on="2026-12-24")).packed()


def spare_authority(_: random.Random, forged: Forged) -> bytes:
    return rewritten(
        forged, named("dsr.matter.incident-described"), lambda facts: facts.update(authorities=["de-bayern"])
    ).packed()


def move_reminder(chance: random.Random, forged: Forged) -> bytes:
    days = timedelta(days=chance.randrange(1, 20))

    def change(facts: dict[str, Any]) -> None:
        facts["remind_on"] = (date.fromisoformat(facts["remind_on"]) + days).isoformat()

    return rewritten(forged, named("dsr.request.identity-requested"), change).packed()


def tell_another_date(_: random.Random, forged: Forged) -> bytes:
    """The notice of extension, sealed anew with its true key, announces another day."""
    headers, keys = (
        forged.lines("headers.jsonl"),
        {each["key_id"]: each for each in map(json.loads, forged.lines("keys.jsonl"))},
    )
    lines = forged.lines("opened.jsonl")
    place, told = next((i, json.loads(line)) for i, line in enumerate(lines) if b'"new-date"' in line)
    told["value"]["standing"]["statements"]["new-date"]["date"] = "2026-12-24"
    lines[place] = json.dumps(told).encode()
    stream_id = UUID(json.loads(headers[told["position"] - 1])["stream_id"])

    def change(facts: dict[str, Any]) -> None:
        seal = facts["filling"]["content"]
        around = associated_data(
            *(b"dsr seal 1", b"main", stream_id.bytes, UUID(seal["seal_id"]).bytes, b"letter"),
            UUID(seal["key_id"]).bytes,
        )
        cipher = AESGCM(bytes.fromhex(keys[seal["key_id"]]["material"]))
        sealed_anew = cipher.encrypt(b64decode(seal["nonce"]), json.dumps(told["value"]).encode(), around)
        seal["ciphertext"] = b64encode(sealed_anew).decode()

    is_notice = lambda facts: facts["name"] == "dsr.dispatch.prepared" and facts["kind"] == "extension"  # noqa: E731
    return rewritten(forged.with_lines("opened.jsonl", lines), is_notice, change).packed()


def without_witness(_: random.Random, forged: Forged) -> bytes:
    """A history that fits in itself, by the key of the log; the witness saw another one."""
    return (
        rewritten(forged, named("dsr.request.item-refused"), lambda facts: facts.update(credential="token:forged"))
        .signed_anew()
        .packed()
    )


FOUND_AS: dict[Mutation, set[str]] = {
    flip_bit: {"file-altered", "bundle-unreadable", "key-unknown"},
    cut_tail: {"file-altered", "bundle-unreadable"},
    append_bytes: {"file-altered", "bundle-unreadable"},
    swap_blocks: {"file-altered", "bundle-unreadable"},
    flip_in_lines: {
        *("root-differs", "payload-differs", "opened-differs", "key-differs", "seal-broken", "part-unaccounted"),
        *("original-differs", "bundle-unreadable", "payload-missing", "part-lost", "manifest-differs"),
        *("destruction-unexplained", "destruction-undone", "case-unreadable", "payload-foreign"),
    },
    drop_line: {
        *("root-differs", "payload-missing", "payload-foreign", "part-unaccounted", "stream-missing"),
        "manifest-differs",
    },
    insert_line: {"root-differs", "payload-foreign", "part-unaccounted"},
    reorder_lines: {"root-differs", "payload-missing"},
    cut_log: {"log-cut"},
    other_words: {"opened-differs"},
    replace_file: {"original-differs"},
    replace_letter: {"letter-differs"},
    replace_record: {"record-differs"},
    claim_other_date: {"claim-differs"},
    hide_key: {"destruction-unexplained"},
    withhold_words: {"part-unaccounted"},
    other_key: {"key-differs"},
    relabel_key: {"part-unaccounted", "destruction-unexplained", "part-lost"},
    drop_entry: {"original-differs", "letter-differs", "claim-differs"},
    sign_with_another_key: {"key-unknown"},
    change_deadline: {"deadline-differs"},
    move_arrival: {"arrival-differs"},
    move_suspension: {"day-without-fact"},
    approve_alone: {"four-eyes"},
    change_proposer: {"proposer-differs"},
    hide_lateness: {"late-differs"},
    remove_destruction: {"destruction-unexplained"},
    invent_destruction: {"destruction-undone"},
    replace_calendars: {"deadline-differs"},
    tell_another_date: {"told-differs"},
    leave_out_cases: {"stream-missing"},
    leave_out_letter: {"stream-missing"},
    put_off_matter: {"deadline-differs"},
    notify_in_time: {"late-differs"},
    miss_another_date: {"due-differs"},
    spare_authority: {"authority-differs"},
    move_reminder: {"deadline-differs"},
    without_witness: {"witness-missing"},
}
"""What the verifier has to name, at least one of them, by what was changed."""


@pytest.fixture
def forged(office: Office) -> Forged:
    """An honest bundle, with the keys of the log and of a witness."""
    play(office)
    made = bundle_of(office, "all")
    [key] = office.desk.evidence.log_keys()
    material = office.service.keystore.open(key.key.key_id).material
    signer = NoteSigner.of(Ed25519PrivateKey.from_private_bytes(material), log_key(office).partition("+")[0], LOG_KEY)
    witness = NoteSigner.of(Ed25519PrivateKey.from_private_bytes(bytes(32)), "dpo.example.org", WITNESS_KEY)
    archive = zipfile.ZipFile(io.BytesIO(made))
    entries = {path: archive.read(path) for path in archive.namelist()}
    for path in ("schemas.json", "guide.html", "verify.py"):  # no part of the proof, and large
        entries[path] = b""
    return Forged(entries, signer, witness).signed_anew(cosigned=True)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_every_mutation_is_found_by_its_name(forged: Forged) -> None:
    # given
    keys, witnesses = [str(forged.signer.verifier)], [str(forged.witness.verifier)]
    honest = verify.verify(io.BytesIO(forged.packed()), keys, witnesses)
    assert honest.all_holds, honest.in_words()
    found = Counter[str]()
    for seed in range(MUTATIONS):
        chance = random.Random(seed)  # noqa: S311 - it has to be repeated
        mutation = list(FOUND_AS)[seed % len(FOUND_AS)]
        # when
        report = verify.verify(io.BytesIO(mutation(chance, forged)), keys, witnesses)
        # then
        assert report.codes & FOUND_AS[mutation], (mutation.__name__, seed, report.in_words())
        found[mutation.__name__] += 1
    print(f"{MUTATIONS} mutations of a bundle, all found:", dict(found))  # noqa: T201 - what was counted
