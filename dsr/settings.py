"""Environment variables → one frozen `Settings`, with all bad values reported at once.

docs/operating.md holds the table of settings; a test compares it with `VARIABLES`.
"""

import os
import re
import shlex
import ssl
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

Network = IPv4Network | IPv6Network


class SettingsInvalid(Exception):
    """One or more environment variables have values that can't be used."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class MailOut:
    """Destination of outgoing mail: a folder or a mail server."""

    folder: Path | None = None
    """A Maildir; None for a mail server."""
    host: str = ""
    port: int = 0
    tls: str = ""
    """`implicit` (`smtps:`), `starttls` (`smtp:`), or `none` for a server on this machine."""
    user: str = ""
    password: str = field(default="", repr=False)


MOST_TOKEN_DAYS: Final = 366
"""Longest validity of a token: a year."""


@dataclass(frozen=True)
class MailIn:
    """Source of incoming mail: a folder, or a mailbox on a server."""

    folder: Path | None = None
    """A Maildir; None for a mail server."""
    host: str = ""
    port: int = 0
    tls: str = ""
    """`implicit` (`imaps:`), `starttls` (`imap:`), or `none` for a server on this machine."""
    user: str = ""
    password: str = field(default="", repr=False)
    mailbox: str = "INBOX"
    done: str = "done"
    """Folder for messages taken in."""
    failed: str = "failed"
    """Folder for quarantined messages."""


@dataclass(frozen=True)
class ScannerAddress:
    """Where `clamd` listens: a socket of this machine, or a port."""

    path: Path | None = None
    """None for a port."""
    host: str = ""
    port: int = 0


@dataclass(frozen=True)
class Settings:
    """All settings of an installation. Paths are absolute."""

    home: Path
    database_url: str
    keys_url: str
    keyring: Path
    keyring_copy: Path | None
    """Where a copy of the keyring stands; None: nowhere, and no key is replaced by itself."""
    key_rotation_days: int
    """Age at which the key-encryption key is replaced; 0: never by itself."""
    blobs: Path
    max_message_bytes: int
    max_upload_bytes: int
    max_attachment_bytes: int
    max_upload_part_bytes: int
    upload_days: int
    max_body_bytes: int
    sweep_days: int
    """Days for which a file or key that nothing names is set aside before it is destroyed."""
    token_days: int
    session_idle_minutes: int
    """Minutes without a request after which a session of a member of staff ends."""
    session_hours: int
    """Hours after which it ends in any case."""
    oidc_issuer: str
    """The organisation's provider at which staff sign in; empty if not set."""
    oidc_client_id: str
    oidc_client_secret: str = field(repr=False)
    oidc_acr: tuple[str, ...]
    scim_token: str = field(repr=False)
    export_days: int
    new_link_at_once: bool
    """Whether a person who asks for a new link to a package gets it without the team."""
    close_when_answered: bool
    """Whether a case in which nothing is left to do closes by itself."""
    public_url: str
    """Base URL for data subjects, without a final slash; empty if not set."""
    tell_webhook: str = field(repr=False)
    """Address of the incoming webhook of the team's channel; empty if there is none."""
    transfer_ca: Path | None
    """PEM file of certificate authorities trusted for transfers in addition to the system's; None for none."""
    transfer_private_networks: tuple[Network, ...]
    """Networks allowed for transfers in addition to the public internet."""
    trusted_proxies: tuple[Network, ...]
    """Networks of proxies in front of this service; only their `X-Forwarded-For` is trusted."""
    embed_origins: tuple[str, ...]
    """Websites that may show the intake form in a frame."""
    rate_per_minute: int
    """Requests per minute and token; without a token, a tenth of it per address."""
    mail_out: MailOut
    """Destination of outgoing mail."""
    mail_in: MailIn | None
    """Source of incoming mail; None: only `dsr intake` and HTTP."""
    mail_oauth_token_url: str
    """Token server for users of mail servers without a password; empty if not set."""
    mail_oauth_client_id: str
    mail_oauth_client_secret: str = field(repr=False)
    mail_oauth_scope: str
    mail_days: int
    """Days until a copy of a filed or taken mail is deleted; 0 deletes none."""
    scanner: ScannerAddress | None
    reader: tuple[str, ...]
    """Scanner for malware; None: nothing is scanned."""
    letters: Path | None
    """Folder of controllers' own letter templates."""
    look: Path | None
    """What the organisation and its controllers look like; None: as without a setting."""
    backups: Path | None
    checkpoint_copy: Path | None
    """Where a copy of the last checkpoint of the log stands; None: nowhere."""
    fence_journal: Path
    """Which case files were forgotten; apart from the databases."""
    checkpoint_minutes: int
    """Minutes after which the scheduler signs a log that grew; 0: never by itself."""
    witnesses: tuple[str, ...]
    """`URL key` of each witness that cosigns checkpoints."""
    timestamp_url: str
    """Empty: no time-stamp authority is asked."""
    timestamp_minutes: int
    log: str
    metrics_open: bool
    """Whether `/metrics` answers without a token."""
    development: bool
    """Whether a letter with an untranslated sentence is written in English only instead of failing."""


@dataclass(frozen=True)
class Variable:
    """One environment variable, as docs/operating.md documents it."""

    name: str
    field: str
    default: str
    meaning: str
    parse: Callable[[str], Any]
    is_secret: bool = False
    """Whether the value may hold a password; it may then stand in the file that `…_FILE` names."""

    @property
    def file_name(self) -> str:
        """Name of the variable that names a file with the value."""
        return f"{self.name}_FILE"

    def given(self, environ: Mapping[str, str]) -> str:
        """The value from the environment or its file; empty if neither is set.

        Raises ValueError, whose words name the variable and quote no value.
        """
        text, file = environ.get(self.name, ""), environ.get(self.file_name, "") if self.is_secret else ""
        if text and file:
            raise ValueError(f"{self.name} and {self.file_name}: both are set; set one of them")
        try:
            return _secret_in(_path(file)) if file else text
        except ValueError as error:
            raise ValueError(f"{self.file_name}: {error}") from None


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ValueError("must be a whole number, at least 1")
    return int(text)


def _days(text: str) -> int:
    if (number := _positive(text)) > 3660:
        raise ValueError("must be at most 3660")
    return number


def _minutes(text: str) -> int:
    if (number := _positive(text)) > 1440:
        raise ValueError("must be at most 1440")
    return number


def _hours(text: str) -> int:
    if (number := _positive(text)) > 168:
        raise ValueError("must be at most 168")
    return number


def _token_days(text: str) -> int:
    if (number := _positive(text)) > MOST_TOKEN_DAYS:
        raise ValueError(f"must be at most {MOST_TOKEN_DAYS}")
    return number


def _days_or_never(text: str) -> int:
    return 0 if text == "0" else _days(text)


def _minutes_or_never(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:9]) > 24 * 60:
        raise ValueError("must be a number of minutes, at most 1440; 0: never")
    return int(text)


def _url(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("must be sqlite:///path/to/file or postgresql://user@host/name")
    return text


def _base(text: str) -> str:
    """Empty, or an address without path, query and user."""
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?", text):
        raise ValueError("must be like https://privacy.example.org")
    return text.rstrip("/")


def _webhook(text: str) -> str:
    """Empty, or an address; the error does not quote it, since it is a secret."""
    if text and not re.fullmatch(
        r"https://([A-Za-z0-9-]+\.)*(?=[0-9]*[A-Za-z-])[A-Za-z0-9-]+(:[0-9]{1,5})?/[!-\"$-~]*", text
    ):
        raise ValueError("must be the https address that the channel gave for its incoming webhook")
    return text


def _issuer(text: str) -> str:
    if text and not re.fullmatch(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?", text):
        raise ValueError("must be like https://login.example.org/tenant")
    return text


def _strengths(text: str) -> tuple[str, ...]:
    if not re.fullmatch(r"[!-~ ]{0,500}", text):
        raise ValueError("must be names separated by spaces")
    return tuple(text.split())


def _scim_token(text: str) -> str:
    """Long enough that nobody guesses it, and only with the library that it needs."""
    if text and not re.fullmatch(r"[!-~]{32,200}", text):
        raise ValueError("must be 32 to 200 characters without spaces, such as `openssl rand -hex 32` prints")
    if text and find_spec("scim2_models") is None:
        raise ValueError("needs the extra `scim`: install `data-subject-rights[scim]`")
    return text


def _timestamp_url(text: str) -> str:
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[!-~]*)?", text):
        raise ValueError("must be an http or https address, such as https://tsa.example.org/")
    return text


def _token_url(text: str) -> str:
    if text and not re.fullmatch(
        r"https://([A-Za-z0-9-]+\.)*(?=[0-9]*[A-Za-z-])[A-Za-z0-9-]+(:[0-9]{1,5})?/[!-\"$-~]*", text
    ):
        raise ValueError("must be like https://login.example.org/oauth2/token")
    return text


def _authorities(text: str) -> Path | None:
    """None if not set, else a readable file; checked here instead of in the middle of a transfer."""
    if not text:
        return None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=_path(text))
    except OSError:
        raise ValueError("must be a PEM file of certificates") from None
    return _path(text)


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())
    except ValueError:
        raise ValueError("must be networks like 10.20.0.0/16, with commas between them") from None


def _origins(text: str) -> tuple[str, ...]:
    found = tuple(each.strip() for each in text.split(",") if each.strip())
    if not all(re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", each) for each in found):
        raise ValueError("must be like https://www.example.org in small letters, with commas between several")
    return found


def _log_form(text: str) -> str:
    if text not in ("text", "json"):
        raise ValueError("has to be `text` or `json`")
    return text


def _flag(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return text == "yes"


_MAIL_OUT = "must be maildir:/path, smtp://user:password@host:587 or smtps://user:password@host:465"
"""Does not quote the value, which may contain a password."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _mail_out(text: str) -> MailOut:
    if text.startswith("maildir:"):
        return MailOut(folder=_path(text.removeprefix("maildir:")))
    try:
        url = urlsplit(text)
        port, options = url.port, dict(parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query)))
    except ValueError:
        raise ValueError(_MAIL_OUT) from None
    host, user, password = url.hostname or "", unquote(url.username or ""), unquote(url.password or "")
    if url.scheme not in ("smtp", "smtps") or not host or url.path.strip("/") or url.fragment or port == 0:
        raise ValueError(_MAIL_OUT)
    if password and not user:
        raise ValueError("names a user, if it names a password; signs such as @ : / are written as %40 %3A %2F")
    if options and options != {"tls": "none"}:
        raise ValueError("knows one option: ?tls=none")
    if options and (url.scheme == "smtps" or host not in _LOOPBACK):
        raise ValueError("?tls=none is only for smtp: to a mail server on this machine: letters are personal data")
    if url.scheme == "smtps":
        return MailOut(host=host, port=port or 465, tls="implicit", user=user, password=password)
    return MailOut(host=host, port=port or 587, tls="none" if options else "starttls", user=user, password=password)


_MAIL_IN = "must be maildir:/path, imaps://user:password@host/INBOX or imap://user:password@host/INBOX"
"""Does not quote the value, which may contain a password."""


def _mail_in(text: str) -> MailIn | None:
    if not text:
        return None
    if text.startswith("maildir:"):
        if not text.removeprefix("maildir:"):
            raise ValueError(_MAIL_IN)
        return MailIn(folder=_path(text.removeprefix("maildir:")))
    try:
        url = urlsplit(text)
        port, given = url.port, parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
    except ValueError:
        raise ValueError(_MAIL_IN) from None
    host, user, password = url.hostname or "", unquote(url.username or ""), unquote(url.password or "")
    if url.scheme not in ("imap", "imaps") or not host or url.fragment or port == 0:
        raise ValueError(_MAIL_IN)
    if not user:
        raise ValueError(
            "names a user, and a password unless it uses OAuth; signs such as @ : / are written as %40 %3A %2F"
        )
    options = dict(given)
    tls = options.pop("tls", "")
    if len(given) != len(dict(given)) or options.keys() - {"done", "failed"} or tls not in ("", "none"):
        raise ValueError("knows three options: ?done=FOLDER, ?failed=FOLDER, ?tls=none")
    if tls and (url.scheme == "imaps" or host not in _LOOPBACK):
        raise ValueError("?tls=none is only for imap: to a mail server on this machine: letters are personal data")
    mailbox = unquote(url.path.strip("/")) or "INBOX"
    done, failed = options.get("done", "done"), options.get("failed", "failed")
    if not all((done, failed)) or len({mailbox.lower(), done.lower(), failed.lower()}) != 3:
        raise ValueError("reads one mailbox and files into two others: give three different names")
    implicit = url.scheme == "imaps"
    return MailIn(
        host=host,
        port=port or (993 if implicit else 143),
        tls="implicit" if implicit else tls or "starttls",
        user=user,
        password=password,
        mailbox=mailbox,
        done=done,
        failed=failed,
    )


_LARGEST_SECRET = 65536


def _secret_in(path: Path) -> str:
    """The file's content without its last line end. Raises ValueError, which quotes nothing of it."""
    try:
        with path.open("rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise ValueError("must name a file")
            if _is_exposed(facts):
                raise ValueError(
                    "other users of this machine can read the file; run chmod 600 on it, then replace the secret"
                )
            raw = file.read(_LARGEST_SECRET + 1)
    except OSError:
        raise ValueError("must name a file that the service can read") from None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise ValueError("must name a file of text in UTF-8") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text or "\n" in text or len(raw) > _LARGEST_SECRET:
        raise ValueError("must name a file with one line, which is the value")
    return text


def _is_exposed(facts: os.stat_result) -> bool:
    """Whether users other than this one and root can read the file.

    The group may read a file of root, as with the keys of PostgreSQL: systemd shows a credential like that, and so do
    mounted secrets.
    """
    if facts.st_uid not in (0, os.geteuid()):
        return True
    return bool(stat.S_IMODE(facts.st_mode) & (0o037 if facts.st_uid == 0 else 0o077))


def _scanner(text: str) -> ScannerAddress | None:
    if not text:
        return None
    where = text.removeprefix("clamd:")
    if text.startswith("clamd:/"):
        return ScannerAddress(path=_path(where))
    host, _, port = where.rpartition(":")
    is_port = port.isascii() and port.isdigit() and 0 < int(port[:6]) < 1 << 16
    if not text.startswith("clamd:") or not re.fullmatch(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]", host) or not is_port:
        raise ValueError("must be clamd:/path/to.sock or clamd:host:port")
    return ScannerAddress(host=host.strip("[]"), port=int(port))


def _command(text: str) -> tuple[str, ...]:
    """As a shell would split it; no shell runs it."""
    try:
        return tuple(shlex.split(text))
    except ValueError:
        raise ValueError("must be a command: close its quotation marks") from None


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _path_or_none(text: str) -> Path | None:
    return _path(text) if text else None


def _witnesses(text: str) -> tuple[str, ...]:
    found = tuple(each.strip() for each in text.split(",") if each.strip())
    if not all(re.fullmatch(r"https?://\S+ \S+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+", each) for each in found):
        raise ValueError("must be `URL key` for each witness, with commas between; `dsr witness key` prints the key")
    return found


VARIABLES: tuple[Variable, ...] = (
    Variable("DSR_HOME", "home", "./dsr-data", "folder for all data of the service", _path),
    Variable("DSR_DATABASE_URL", "database_url", "sqlite:///{home}/dsr.sqlite", "log and read models", _url, True),
    Variable(
        "DSR_KEYS_URL", "keys_url", "sqlite:///{home}/keys.sqlite", "wrapped data keys; another database", _url, True
    ),
    Variable("DSR_KEYRING", "keyring", "{home}/keyring.json", "key-encryption keys, mode 0600", _path),
    Variable(
        "DSR_KEYRING_COPY",
        "keyring_copy",
        "",
        "file on another machine or disk with a copy of the keyring, which gets each new key first; unset, no key is "
        "replaced by itself",
        _path_or_none,
    ),
    Variable(
        "DSR_KEY_ROTATION_DAYS",
        "key_rotation_days",
        "30",
        "age in days at which the scheduler replaces the key-encryption key; 0: never",
        _days_or_never,
    ),
    Variable("DSR_BLOBS", "blobs", "{home}/blobs", "encrypted files", _path),
    Variable(
        "DSR_MAX_MESSAGE_BYTES", "max_message_bytes", "26214400", "largest mail; a larger one is refused", _positive
    ),
    Variable("DSR_MAX_UPLOAD_BYTES", "max_upload_bytes", "20971520", "largest data set, proof of identity", _positive),
    Variable(
        "DSR_MAX_ATTACHMENT_BYTES", "max_attachment_bytes", "2147483648", "largest recording or document", _positive
    ),
    Variable("DSR_MAX_UPLOAD_PART_BYTES", "max_upload_part_bytes", "8388608", "largest part of an upload", _positive),
    Variable("DSR_UPLOAD_DAYS", "upload_days", "7", "days until an abandoned upload is swept", _days),
    Variable("DSR_MAX_BODY_BYTES", "max_body_bytes", "1048576", "largest JSON body of a request", _positive),
    Variable(
        "DSR_SWEEP_DAYS",
        "sweep_days",
        "30",
        "days for which a file or key that nothing names is set aside before it is destroyed",
        _days,
    ),
    Variable("DSR_TOKEN_DAYS", "token_days", "90", "days until a token expires, at most 366", _token_days),
    Variable(
        "DSR_SESSION_IDLE_MINUTES",
        "session_idle_minutes",
        "30",
        "minutes without a request after which a person who signed in has to sign in again",
        _minutes,
    ),
    Variable(
        "DSR_SESSION_HOURS",
        "session_hours",
        "12",
        "hours after which a person has to sign in again in any case",
        _hours,
    ),
    Variable(
        "DSR_OIDC_ISSUER",
        "oidc_issuer",
        "",
        "provider at which staff sign in, `https://…`, as its metadata name it (OpenID Connect)",
        _issuer,
    ),
    Variable("DSR_OIDC_CLIENT_ID", "oidc_client_id", "", "id of this service at the provider", str),
    Variable("DSR_OIDC_CLIENT_SECRET", "oidc_client_secret", "", "secret of this service there", str, True),
    Variable(
        "DSR_OIDC_ACR",
        "oidc_acr",
        "",
        "ways to sign in at the provider that count (`acr`, as in its metadata), with spaces between them; empty: all",
        _strengths,
    ),
    Variable(
        "DSR_SCIM_TOKEN",
        "scim_token",
        "",
        "secret, at least 32 characters, with which the organisation's directory ends the access of leavers (SCIM)",
        _scim_token,
        True,
    ),
    Variable(
        "DSR_EXPORT_DAYS",
        "export_days",
        "30",
        "days until a link to a package expires and the package is purged",
        _days,
    ),
    Variable(
        "DSR_NEW_LINK_AT_ONCE",
        "new_link_at_once",
        "no",
        "`yes`: a person who asks for a new link at `/my` gets it at once, with the password as before; else the team "
        "grants it",
        _flag,
    ),
    Variable(
        "DSR_CLOSE_WHEN_ANSWERED",
        "close_when_answered",
        "yes",
        "`no`: a request stays open until a person closes it, even if nothing else is left to do in it",
        _flag,
    ),
    Variable(
        "DSR_PUBLIC_URL",
        "public_url",
        "",
        "base of links that are sent, `https://…`; unset, none is sent",
        _base,
    ),
    Variable(
        "DSR_TELL_WEBHOOK",
        "tell_webhook",
        "",
        "incoming webhook of a channel (Slack, Teams, Mattermost), in which the team reads what waits for it, beside "
        "the mails to each person",
        _webhook,
        True,
    ),
    Variable(
        "DSR_TRANSFER_CA",
        "transfer_ca",
        "",
        "PEM file of further certificate authorities for direct transfers",
        _authorities,
    ),
    Variable(
        "DSR_TRANSFER_PRIVATE_NETWORKS",
        "transfer_private_networks",
        "",
        "networks like `10.20.0.0/16` allowed for direct transfers, beside the internet",
        _networks,
    ),
    Variable(
        "DSR_TRUSTED_PROXIES",
        "trusted_proxies",
        "",
        "networks like `127.0.0.1/32` of proxies whose `X-Forwarded-For` is trusted; unset, none is",
        _networks,
    ),
    Variable(
        "DSR_EMBED_ORIGINS",
        "embed_origins",
        "",
        "websites like `https://www.example.org` that may show the intake form in a frame, with commas between them",
        _origins,
    ),
    Variable("DSR_RATE_PER_MINUTE", "rate_per_minute", "6000", "requests per minute and token", _positive),
    Variable(
        "DSR_MAIL_OUT",
        "mail_out",
        "maildir:{home}/outgoing",
        "outgoing mail: a Maildir, or `smtp://user:password@host:587` (STARTTLS), `smtps://…` (TLS); `?tls=none` on "
        "this machine only",
        _mail_out,
        True,
    ),
    Variable(
        "DSR_MAIL_IN",
        "mail_in",
        "",
        "incoming mail: `imaps://user:password@host/INBOX` (TLS), `imap://…` (STARTTLS; `?tls=none` on this machine "
        "only), or `maildir:/path`; messages move to the folders `done` and `failed` (`?done=…&failed=…`)",
        _mail_in,
        True,
    ),
    Variable(
        "DSR_MAIL_OAUTH_TOKEN_URL",
        "mail_oauth_token_url",
        "",
        "token server, `https://…` (OAuth 2.0 client credentials), for mail servers whose URL names a user and no "
        "password",
        _token_url,
    ),
    Variable("DSR_MAIL_OAUTH_CLIENT_ID", "mail_oauth_client_id", "", "client at the token server", str),
    Variable("DSR_MAIL_OAUTH_CLIENT_SECRET", "mail_oauth_client_secret", "", "secret of that client", str, True),
    Variable(
        "DSR_MAIL_OAUTH_SCOPE", "mail_oauth_scope", "", "scope of the access token, if the token server needs one", str
    ),
    Variable(
        "DSR_MAIL_DAYS",
        "mail_days",
        "30",
        "days until plain copies of mail are deleted: messages in `done` and `failed`, letters in `cur` of the "
        "outgoing Maildir; `0` deletes none",
        _days_or_never,
    ),
    Variable(
        "DSR_SCANNER",
        "scanner",
        "",
        "scanner for malware: `clamd:/path/to.sock`, or `clamd:host:port` in a network that nobody else reads; unset, "
        "nothing is scanned",
        _scanner,
    ),
    Variable(
        "DSR_READER",
        "reader",
        "",
        "command that reads letters and suggests rights instead of the built-in reader, such as "
        "`/opt/reader/bin/read --model 3` or `dsr reader --embeddings`; the service starts it and talks to it over its "
        "pipes ([how](integrating.md))",
        _command,
    ),
    Variable(
        "DSR_LETTERS",
        "letters",
        "",
        "folder with controllers' own letter templates: `<controller id>/<kind>.html.j2`",
        _path_or_none,
    ),
    Variable(
        "DSR_LOOK",
        "look",
        "",
        "TOML file with name, logo and colour of the organisation and of controllers ([how](#name-logo-and-colour))",
        _path_or_none,
    ),
    Variable(
        "DSR_BACKUPS",
        "backups",
        "",
        "folder of backups, whose age `/metrics` and `dsr doctor` tell; unset, neither looks at backups",
        _path_or_none,
    ),
    Variable(
        "DSR_CHECKPOINT_COPY",
        "checkpoint_copy",
        "",
        "file on another machine or disk with the last signed checkpoint of the log, compared before each signature",
        _path_or_none,
    ),
    Variable(
        "DSR_FENCE_JOURNAL",
        "fence_journal",
        "{home}/fences.jsonl",
        "file that names the forgotten files, which a restore forgets again; no backup holds it. With "
        "DSR_CHECKPOINT_COPY it is also written beside that file, as `<its name>.fences`",
        _path,
    ),
    Variable(
        "DSR_CHECKPOINT_MINUTES",
        "checkpoint_minutes",
        "10",
        "minutes after which the scheduler signs a log that grew; 0: never",
        _minutes_or_never,
    ),
    Variable(
        "DSR_WITNESSES",
        "witnesses",
        "",
        "witnesses that cosign checkpoints, `URL key` each, with commas between (`dsr witness`)",
        _witnesses,
    ),
    Variable(
        "DSR_TIMESTAMP_URL",
        "timestamp_url",
        "",
        "time-stamp authority that confirms when a checkpoint was there (RFC 3161), such as https://tsa.example.org/",
        _timestamp_url,
    ),
    Variable(
        "DSR_TIMESTAMP_MINUTES",
        "timestamp_minutes",
        "60",
        "minutes between time stamps; 0: each checkpoint gets one. That of an audit bundle always does",
        _minutes_or_never,
    ),
    Variable("DSR_LOG", "log", "text", "`text` or `json`: the form of the lines on standard error", _log_form),
    Variable("DSR_METRICS_OPEN", "metrics_open", "no", "`yes`: /metrics answers without a token", _flag),
    Variable(
        "DSR_DEVELOPMENT",
        "development",
        "no",
        "`yes`: a letter with an untranslated sentence leaves in English only, with a warning; otherwise it fails",
        _flag,
    ),
)


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings. Raises SettingsInvalid naming every bad variable, and every unknown `DSR_…` one."""
    problems: list[str] = []
    values: dict[str, Any] = {}
    home = _path(environ.get("DSR_HOME") or "./dsr-data")
    for variable in VARIABLES:
        try:
            text = variable.given(environ) or variable.default.replace("{home}", str(home))
        except ValueError as error:
            problems.append(str(error))
            continue
        try:
            values[variable.field] = variable.parse(text)
        except ValueError as error:
            problems.append(f"{variable.name}: {error}")
    known = {variable.name for variable in VARIABLES} | {each.file_name for each in VARIABLES if each.is_secret}
    problems += [
        f"{name}: there is no such setting"
        for name in sorted(environ)
        if name.startswith("DSR_") and not name.startswith(("DSR_TEST_", "DSR_SHARED_")) and name not in known
    ]
    if not problems and values["database_url"] == values["keys_url"]:
        problems.append("DSR_KEYS_URL: keys live in a database of their own, apart from the one in DSR_DATABASE_URL")
    if not problems:
        problems += _login_problems(values)
        problems += _oidc_problems(values)
    if problems:
        raise SettingsInvalid(problems)
    return Settings(**values)


def _oidc_problems(values: Mapping[str, Any]) -> list[str]:
    """The settings of a provider stand together, and the provider sends people back to the public URL."""
    parts = {
        "DSR_OIDC_ISSUER": values["oidc_issuer"],
        "DSR_OIDC_CLIENT_ID": values["oidc_client_id"],
        "DSR_OIDC_CLIENT_SECRET": values["oidc_client_secret"],
    }
    if not any(parts.values()):
        return []
    missing = [f"{name}: is needed with the other settings of DSR_OIDC" for name, value in parts.items() if not value]
    if not values["public_url"]:
        missing.append("DSR_PUBLIC_URL: is needed with DSR_OIDC_ISSUER, whose provider sends people back to it")
    return missing


def _login_problems(values: Mapping[str, Any]) -> list[str]:
    """A user without a password signs in by access tokens, so both stand together."""
    servers: dict[str, MailOut | MailIn | None] = {"DSR_MAIL_OUT": values["mail_out"], "DSR_MAIL_IN": values["mail_in"]}
    bare = [name for name, server in servers.items() if server is not None and server.user and not server.password]
    parts = {
        "DSR_MAIL_OAUTH_TOKEN_URL": values["mail_oauth_token_url"],
        "DSR_MAIL_OAUTH_CLIENT_ID": values["mail_oauth_client_id"],
        "DSR_MAIL_OAUTH_CLIENT_SECRET": values["mail_oauth_client_secret"],
    }
    if not any(parts.values()):
        return [f"{name}: names a user without a password; give one, or set DSR_MAIL_OAUTH_TOKEN_URL" for name in bare]
    if missing := [name for name, value in parts.items() if not value]:
        return [f"{name}: is needed with the other settings of DSR_MAIL_OAUTH" for name in missing]
    if not bare:
        return ["DSR_MAIL_OAUTH_TOKEN_URL: nothing uses it; leave the password out of DSR_MAIL_OUT or DSR_MAIL_IN"]
    return []
