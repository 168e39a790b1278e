"""Offline check of a package: complete, consistent with its manifest, safe to unpack.

Nothing is downloaded or unpacked to disk. Only the manifest and one record or chunk are held at a time, so memory stays
within MAX_MANIFEST and the limits of a record, whatever the package contains.

A manifest can be rewritten together with its files. Only the controller's signature, checked with keys obtained
separately, or the digest from the log, passed to `verify_package`, reveals that.
"""

import hashlib
import io
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO, Final

from dsr.exports.errors import DataTooLarge, DataUnreadable
from dsr.exports.manifest import PUBLISHED, schema_problems, version_of
from dsr.exports.package import MANIFEST, SCHEMA, SIGNATURE
from dsr.exports.package_problem import PackageProblem, violated
from dsr.exports.schemas import DataSchema
from dsr.exports.signature import LONGEST, SignatureInvalid, check, read_keys
from dsr.exports.strict_json import load_json
from dsr.exports.verify_data import MOST_NAMED, data_problems, read_schema
from dsr.exports.zip_layout import EntryDamaged, ForeignBytes, find_directory, require_seamless, unpacked

MAX_BYTES: Final = 1 << 34
"""Maximum unpacked size of a package: 16 GiB."""
MAX_RATIO: Final = 200
"""Maximum ratio of unpacked to packed size."""
MAX_MANIFEST: Final = 1 << 24
"""Bytes of the manifest, which is read as a whole."""
MAX_SCHEMA: Final = 1 << 22
"""Bytes of the schema of a data file, which is read as a whole."""
MAX_ENTRIES: Final = 10_000
MAX_DIRECTORY: Final = 1 << 21
"""Bytes of the directory of the zip, which is read as a whole: enough for so many entries of the longest names."""

_SMALL: Final = 1 << 24
"""Unpacked size in bytes below which the ratio does not matter."""
_ENCRYPTED: Final = 0x1
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FOREIGN: Final = PackageProblem("foreign-bytes", "", "The file holds something before, between or after its entries.")


def verify_package(
    package: BinaryIO,
    *,
    expected_sha256: str | None = None,
    keys: bytes | None = None,
    max_bytes: int = MAX_BYTES,
    max_ratio: int = MAX_RATIO,
) -> list[PackageProblem]:
    """All problems of a package; empty for a good one. No package content makes it raise.

    `package` is seekable. `expected_sha256` is the hex digest of the whole file from the log. `keys` is the
    controller's published JWK Set, obtained separately: with it, the signature is required and checked.
    """
    problems: list[PackageProblem] = []
    if expected_sha256 is not None and _digest(package) != expected_sha256.lower():
        problems.append(PackageProblem("package-digest-differs", "", "This is not the package that was prepared."))
    package.seek(0)
    try:
        directory = find_directory(package)
        # Checked before zipfile reads the directory, since even a small file can contain one that exhausts memory.
        if directory.entries > MAX_ENTRIES or directory.size > MAX_DIRECTORY:
            return [*problems, PackageProblem("too-many-entries", "", f"There are more than {MAX_ENTRIES} entries.")]
        with zipfile.ZipFile(package) as archive:
            require_seamless(archive, directory)
            unsafe = list(_unsafe(archive, max_bytes, max_ratio * package.seek(0, io.SEEK_END)))
            # An unsafe package is not unpacked for further checks.
            if unsafe:
                return problems + unsafe
            signature = [] if keys is None else list(_signature_problems(archive, keys))
            return problems + signature + list(_differences(archive))
    except ForeignBytes:
        return [*problems, _FOREIGN]
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, OverflowError, ValueError):
        return [*problems, PackageProblem("not-a-package", "", "This is not a readable zip file.")]


def _digest(package: BinaryIO) -> str:
    package.seek(0)
    digest = hashlib.sha256()
    while chunk := package.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _unsafe(archive: zipfile.ZipFile, max_bytes: int, plausible_bytes: int) -> Iterator[PackageProblem]:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > max_bytes:
        yield PackageProblem("too-large", "", f"The package holds more than {max_bytes} bytes once unpacked.")
    elif unpacked > max(plausible_bytes, _SMALL):
        yield PackageProblem("too-dense", "", "The package holds far more than data of its size: it may be a bomb.")
    # The same file on systems that ignore letter case.
    for name, times in Counter(entry.filename.casefold() for entry in entries).items():
        if times > 1:
            yield PackageProblem("entry-repeated", name, "This entry stands in the package more than once.")
    for entry in entries:
        name = entry.filename
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if entry.orig_filename != name or name.startswith("/") or {"", ".", ".."} & set(name.split("/")):
            yield PackageProblem("path-unsafe", name, "This entry would be unpacked outside the folder of the package.")
        elif "\\" in name or ":" in name or not name.isprintable():
            yield PackageProblem("path-unsafe", name, "The name of this entry means something else on other systems.")
        elif kind not in (0, stat.S_IFREG):
            yield PackageProblem("entry-no-file", name, "This entry is not a plain file.")
        elif entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
            yield PackageProblem("entry-unreadable", name, "This entry is encrypted or packed in an unusual way.")


def _differences(archive: zipfile.ZipFile) -> Iterator[PackageProblem]:
    """Compare the manifest with the entries of the zip."""
    names = set(archive.namelist())
    for missing in sorted({MANIFEST, SCHEMA} - names):
        yield PackageProblem("file-missing", missing, "The package lacks this file.")
    manifest: Any = _manifest(archive) if MANIFEST in names else None
    published = PUBLISHED[version_of(manifest)]
    if SCHEMA in names and _read(archive, SCHEMA, len(published)) != published:
        yield PackageProblem("schema-differs", SCHEMA, "This is not the schema that the service publishes.")
    if MANIFEST not in names:
        return
    if isinstance(manifest, PackageProblem):
        yield manifest
        return
    if found := list(islice(schema_problems(manifest), MOST_NAMED)):
        for each in found:
            yield violated("manifest-invalid", MANIFEST, "The manifest", each)
        return
    yield from _named_controllers(manifest)
    yield from _listed(archive, manifest, names)


def _manifest(archive: zipfile.ZipFile) -> Any:
    """The manifest, or what is wrong with it."""
    if archive.getinfo(MANIFEST).file_size > MAX_MANIFEST:
        return PackageProblem(
            "manifest-unreadable", MANIFEST, "The manifest is larger than any that the service makes."
        )
    raw = _read(archive, MANIFEST, MAX_MANIFEST)
    if raw is None:
        return PackageProblem("entry-unreadable", MANIFEST, "This entry is damaged.")
    try:
        return load_json(raw.decode("utf-8"))
    except (UnicodeDecodeError, DataUnreadable, DataTooLarge):
        return PackageProblem("manifest-unreadable", MANIFEST, "The manifest is not JSON in UTF-8.")


def _listed(archive: zipfile.ZipFile, manifest: dict[str, Any], names: set[str]) -> Iterator[PackageProblem]:
    """Compare the files in a valid manifest with the entries."""
    every = [*manifest["files"], *manifest["attachments"], *manifest["documents"]]
    listed = Counter(file["path"] for file in every)
    for path in sorted(path for path, times in listed.items() if times > 1):
        yield PackageProblem("file-listed-twice", path, "The manifest lists this file more than once.")
    for extra in sorted(names - {MANIFEST, SIGNATURE, SCHEMA} - listed.keys()):
        yield PackageProblem("file-not-listed", extra, "The manifest does not list this file.")
    for file in {one["path"]: one for one in reversed(every)}.values():
        if file["path"] not in names:
            yield PackageProblem("file-missing", file["path"], "The manifest lists this file, the package lacks it.")
            continue
        yield from _file_problems(archive, file)
    for unlisted in sorted(
        {file[beside] for file in manifest["files"] for beside in ("schema", "page")} - listed.keys()
    ):
        yield PackageProblem("file-missing", unlisted, "A data file names this file, the manifest does not list it.")


def _signature_problems(archive: zipfile.ZipFile, published: bytes) -> Iterator[PackageProblem]:
    """Check that the controller named in the manifest signed exactly these bytes."""
    names = archive.namelist()
    if SIGNATURE not in names:
        yield PackageProblem("signature-missing", SIGNATURE, "The package is not signed.")
    elif MANIFEST in names:
        signature, manifest = _read(archive, SIGNATURE, LONGEST), _read(archive, MANIFEST, MAX_MANIFEST)
        if signature is None or manifest is None:
            yield PackageProblem("signature-unreadable", SIGNATURE, "Signature or manifest are damaged, or too large.")
            return
        try:
            signed = check(signature, manifest, read_keys(published))
        except SignatureInvalid as error:
            yield PackageProblem(error.code, SIGNATURE, str(error))
            return
        try:
            controller = load_json(manifest.decode("utf-8"))["controller"]["id"]
        except (UnicodeDecodeError, DataUnreadable, DataTooLarge, KeyError, TypeError):
            return  # reported for the manifest itself
        if signed.issuer != controller:
            yield PackageProblem("signature-of-other", SIGNATURE, "Another controller signed than the manifest names.")


def _named_controllers(manifest: dict[str, Any]) -> Iterator[PackageProblem]:
    named = {one["id"] for one in (manifest["controller"], *manifest["joint_controllers"])}
    for file in (*manifest["files"], *manifest["attachments"]):
        if file["controller"] not in named:
            yield PackageProblem("controller-unnamed", file["path"], "The manifest does not say who its controller is.")


def _file_problems(archive: zipfile.ZipFile, file: dict[str, Any]) -> Iterator[PackageProblem]:
    path = file["path"]
    found = _digest_of(archive, path)
    if found is None:
        yield PackageProblem("entry-unreadable", path, "This entry is damaged.")
        return
    if found[0] != file["size"]:
        yield PackageProblem("size-differs", path, "The file is not as large as the manifest says.")
    if found[1] != file["sha256"]:
        yield PackageProblem("digest-differs", path, "The file was changed after the manifest was made.")
    if "records" in file:
        yield from _data_problems(archive, file)


def _data_problems(archive: zipfile.ZipFile, file: dict[str, Any]) -> Iterator[PackageProblem]:
    schema = None
    if file["schema"] in archive.namelist():
        content = _read(archive, file["schema"], MAX_SCHEMA)
        if content is None:
            yield PackageProblem(
                "schema-unreadable", file["schema"], "This entry is damaged, or too large for a schema."
            )
        elif isinstance(found := read_schema(file["schema"], content), DataSchema):
            schema = found
        else:
            yield from found
    yield from data_problems(file, schema, unpacked(archive, file["path"]))


def _digest_of(archive: zipfile.ZipFile, name: str) -> tuple[int, str] | None:
    """Size and digest of the entry; None if it is damaged."""
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in unpacked(archive, name):
            digest.update(chunk)
            size += len(chunk)
    except EntryDamaged:
        return None
    return size, digest.hexdigest()


def _read(archive: zipfile.ZipFile, name: str, max_bytes: int) -> bytes | None:
    """The whole entry; None if it is damaged or larger than the limit."""
    if archive.getinfo(name).file_size > max_bytes:
        return None
    try:
        return b"".join(unpacked(archive, name))
    except EntryDamaged:
        return None
