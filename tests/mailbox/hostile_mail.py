"""Mails that no honest program sends, made from a grammar of mail by chance: the same number makes the same mail."""

import base64
import binascii
from collections.abc import Callable, Sequence
from random import Random
from typing import Final, TypeVar

Thing = TypeVar("Thing")


def poisons() -> tuple[bytes, ...]:
    """Mails that each kept the worker busy for ten seconds and more, with their arrival on 1 March 2026."""
    head = b"Received: from a by mx.callcentre.example; " + b"Sun, 1 Mar 2026 09:00:00 +0000\r\n"
    sender = head + b"From: a@example.org\r\nTo: privacy@callcentre.example\r\n"
    nested = b"".join(b"Content-Type: multipart/a; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(198))
    return (
        sender + b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\nContent-Type: text/plain; a="'
        b"" + b";" * 80_000 + b'"\r\n\r\nx\r\n--B--\r\n',
        sender + b"Content-Type: multipart/report; report-type=delivery-status; boundary=B\r\n\r\n"
        b"" + b"--B\r\n\r\n" * 1_000_000,
        sender + nested + b"\r\n" * 500_000,
    )


LINE_ENDS: Final = (b"\r\n", b"\r\n", b"\r\n", b"\n", b"\n", b"\r")
CHARSETS: Final = (
    *("utf-8", "UTF-8", "us-ascii", "iso-8859-1", "windows-1252", "utf-7", "utf-16", "utf-32", "utf-8-sig", "cp037"),
    *("iso-2022-jp", "iso-2022-kr", "hz", "big5", "gb18030", "euc-jp", "shift_jis", "koi8-r", "mac-turkish", "cp65001"),
    *("idna", "punycode", "rot13", "hex", "zlib", "bz2", "base64", "quopri", "uu", "undefined", "unicode_escape"),
    *(
        "raw_unicode_escape",
        "mbcs",
        "x-unknown",
        "",
        " ",
        "../etc/passwd",
        "\x00",
        "utf-8\r\nX: y",
        "a" * 300,
        "utf-8''",
    ),
)
MULTIPARTS: Final = (
    "mixed",
    "alternative",
    "related",
    "report",
    "digest",
    "signed",
    "form-data",
    "",
    "mixed/x",
    "x" * 99,
)
TYPES: Final = (
    *("text/plain", "text/html", "TEXT/HTML", "text/calendar", "text", "/", "text/", "application/octet-stream"),
    *("message/rfc822", "message/partial", "message/external-body", "message/delivery-status", "message/global"),
    *(
        "image/png",
        "application/pdf",
        "application/ms-tnef",
        "multipart",
        "text/plain/x",
        "\u0442\u0435\u043a\u0441\u0442/plain",
    ),
)
ENCODINGS: Final = (
    "7bit",
    "8bit",
    "binary",
    "base64",
    "BASE64",
    "quoted-printable",
    "x-uuencode",
    "uuencode",
    "",
    "x",
    "gzip",
)
WORDS: Final = (
    *("Please erase my data", "Auskunft nach Art. 15 DSGVO", "Je demande l'accès", "Ich widerspreche der Werbung"),
    *(
        "копия данных",
        "個人情報の開示",
        "حذف بياناتي",
        "\u202egnp.exe",
        "DSR-7KQ4-M2X3",
        "Re: Re: Fwd: AW:",
        "\ud83d",
        "a\u0300" * 40,
    ),
    *(
        "> quoted",
        "On Monday, Ada wrote:",
        "-- ",
        "---",
        "From ",
        ">From ",
        ".",
        "begin 644 x",
        "\ufeff",
        "\u2028",
        "\x85",
        "\x1b[31m",
    ),
)
UNITS: Final = (
    *(
        b"(",
        b")",
        b"<",
        b">",
        b'"',
        b"\\",
        b";",
        b",",
        b"=",
        b"=?",
        b"?=",
        b"=?utf-8?q?",
        b"=?utf-8?b?",
        b"--",
        b"\t",
        b" ",
    ),
    *(
        b"\x00",
        b"\xff",
        b"\x80",
        b"a",
        b"@",
        b"[",
        b"{",
        b"&",
        b"&#x",
        b"<a ",
        b"<!--",
        b"<blockquote>",
        b"<style>",
        b"\r",
        b"\n",
    ),
    *(
        b"\r\n",
        b"\r\n ",
        b"a*0=b;",
        b'";"',
        b"<x@y>",
        b"Re: ",
        b"=\r\n",
        b"=41",
        b"+AAA-",
        b"\xc3\xa9",
        b"1 month ",
        b"Art. 15 ",
    ),
)


class HostileMail:
    """One mail after the other, from one seed."""

    def __init__(self, seed: int, *, largest: int = 200_000) -> None:
        self._random = Random(seed)  # noqa: S311 - not for secrets
        self._largest = largest
        self._end = b"\r\n"
        self._left = 0
        self._calm = False

    def mail(self) -> bytes:
        """A mail, often well-formed for the most part, sometimes mutated."""
        self._end, self._left = self._one(LINE_ENDS), 60
        self._calm = self._chance(60)  # its fields have names, and it has a sender, so that the rest is read too
        raw = self._part(top=True, depth=0)
        for _ in range(self._random.choice((0, 0, 0, 1, 1, 3))):
            raw = self._mutated(raw)
        return raw[: self._largest]

    # Choices ---------------------------------------------------------------------------------------------------

    def _one(self, things: Sequence[Thing]) -> Thing:
        return self._random.choice(things)

    def _chance(self, in_a_hundred: int) -> bool:
        return self._random.randrange(100) < in_a_hundred

    def _bytes(self, most: int) -> bytes:
        return self._random.randbytes(self._random.randrange(most))

    def _repeated(self) -> bytes:
        """One unit again and again, as bombs are made."""
        unit = self._one(UNITS)
        most = self._one((3, 30, 300, 3_000, 30_000))
        return (unit * self._random.randrange(1, most))[: self._largest]

    def _text(self) -> bytes:
        found = " ".join(self._one(WORDS) for _ in range(self._random.randrange(1, 8)))
        return found.encode(self._one(("utf-8", "utf-8", "utf-16", "iso-8859-1", "utf-7")), "replace")

    # Fields ----------------------------------------------------------------------------------------------------

    def _head(self, fields: list[bytes]) -> bytes:
        self._random.shuffle(fields)
        return b"".join(field + self._end for field in fields)

    def _field(self, name: str, value: bytes) -> bytes:
        written = name.encode("utf-8", "replace")
        if self._chance(10) and not self._calm:
            written = self._one(
                (written.upper(), written.lower(), written + b" ", b" " + written, written + b"\x00", b"")
            )
        if self._chance(15) and not self._calm:
            at = self._random.randrange(len(value) + 1)
            value = value[:at] + self._end + self._one((b" ", b"\t", b"", b" \r ")) + value[at:]
        if self._calm:
            return written + b": " + value.replace(b"\r", b" ").replace(b"\n", b" ")
        return written + self._one((b": ", b": ", b": ", b":", b" : ", b"")) + value

    def _top_fields(self) -> list[bytes]:
        fields = [self._field("From", self._addresses()) for _ in range(self._one((0, 1, 1, 1, 1, 1, 2, 3)))]
        if self._calm:
            fields = [self._field("From", self._encoded_word() + b" <ada@example.org>")]
        makers: dict[str, Callable[[], bytes]] = {
            "To": self._addresses,
            "Cc": self._addresses,
            "Reply-To": self._addresses,
            "Delivered-To": self._addresses,
            "Return-Path": self._addresses,
            "Subject": self._unstructured,
            "Date": self._date,
            "Message-ID": self._message_ids,
            "In-Reply-To": self._message_ids,
            "References": self._message_ids,
            "Received": self._received,
            "Authentication-Results": self._results,
            "Auto-Submitted": lambda: self._one((b"no", b"auto-replied", b"auto-generated; x", b"", b"\xff")),
            "Precedence": lambda: self._one((b"bulk", b"list", b"first-class", b"")),
            "MIME-Version": lambda: self._one((b"1.0", b"(x) 1.0", b"", b"9")),
            "X-Whatever" if self._calm else "X-" + self._one(WORDS)[:20]: self._anything,
        }
        for name, make in makers.items():
            fields += [self._field(name, make()) for _ in range(self._one((0, 1, 1, 1, 2)))]
        return fields

    def _anything(self) -> bytes:
        makers: tuple[Callable[[], bytes], ...] = (
            self._repeated,
            self._text,
            lambda: self._bytes(200),
            lambda: b"",
        )
        return self._one(makers)()

    def _unstructured(self) -> bytes:
        return b" ".join(
            self._one((self._encoded_word, self._text, self._anything))() for _ in range(self._random.randrange(4))
        )

    def _encoded_word(self) -> bytes:
        charset, text = self._one(CHARSETS).encode("utf-8", "replace"), self._text()
        coded = base64.b64encode(text) if self._chance(50) else binascii.b2a_qp(text, header=True)
        how = self._one((b"b", b"q", b"B", b"Q", b"x", b""))
        word = b"=?" + charset + b"?" + how + b"?" + coded + b"?="
        return word if self._chance(80) else word[: self._random.randrange(len(word))]

    def _addresses(self) -> bytes:
        return self._one((b", ", b",", b"; ", b" ")).join(
            self._address() for _ in range(self._one((0, 1, 1, 1, 2, 5, 40)))
        )

    def _address(self) -> bytes:
        local = self._one(
            (b"ada", b"privacy", b'"a b"', b"a..b", b"a(b)c", b"\xc3\xa9", b"", b"mailer-daemon", b"x" * 99)
        )
        domain = self._one(
            (
                b"example.org",
                b"de.callcentre.example",
                b"callcentre.example",
                b"[127.0.0.1]",
                b"xn--",
                b"",
                b"-",
                b"a" * 300,
            )
        )
        address = local + self._one((b"@", b"@", b"@", b"@@", b"")) + domain
        name = self._one((b"", b"Ada", self._encoded_word(), b'"Ada \\" L"', b"(" * 30, self._anything()[:500]))
        return self._one(
            (
                address,
                name + b" <" + address + b">",
                b"group: " + address + b";",
                name + b" <@a,@b:" + address + b">",
                address + b" (" + name + b")",
                name,
                b"<" + address,
            )
        )

    def _date(self) -> bytes:
        return self._one(
            (
                *(
                    b"Mon, 2 Feb 2026 08:00:00 +0000",
                    b"2 Feb 26 8:0 EST",
                    b"Mon, 31 Feb 2026 25:61:61 +9999",
                    b"0",
                    b"",
                ),
                *(b"Mon, 2 Feb 99999 08:00:00 +0000", b"Mon, 2 Feb 1 08:00:00 -2359", b"9" * 400, b"(" * 50, b"\xff"),
            )
        )

    def _message_ids(self) -> bytes:
        ids = (
            b"<1@example.org>",
            b"<" + b"x" * 600 + b">",
            b"<>",
            b"1@example.org",
            b"<\xc3\xa9@x>",
            b"<a b@c>",
            b"<<x>>",
        )
        return b" ".join(self._one(ids) for _ in range(self._one((0, 1, 1, 2, 9, 300))))

    def _received(self) -> bytes:
        by = self._one((b"mx.callcentre.example", b"mx.evil.example", b"", b"(" * 40, b"MX.Callcentre.Example."))
        return b"from a (b [192.0.2.1]) by " + by + b" with ESMTP id x; " + self._date()

    def _results(self) -> bytes:
        server = self._one((b"mx.callcentre.example", b"mx.evil.example", b'"mx.callcentre.example" 1', b""))
        told = (
            b"dmarc=fail header.from=example.org",
            b"spf=pass (x (y)) smtp.mailfrom=a@b",
            b"dkim = ",
            b"((((",
            b"none",
        )
        return server + b"; " + b"; ".join(self._one(told) for _ in range(self._random.randrange(5)))

    def _parameters(self, known: dict[bytes, bytes]) -> bytes:
        written = b""
        for name, value in known.items():
            quoted = self._one((b'"' + value + b'"', value, b"'" + value + b"'", b'"' + value))
            written += self._one(
                (
                    b"; " + name + b"=" + quoted,
                    b";" + name + b" = " + quoted,
                    b"; " + name + b"*=utf-8''" + value,
                    b"; " + name + b"*0=" + value[:3] + b"; " + name + b"*1=" + value[3:],
                    b"; " + name + b"*1*=x''" + value + b"; " + name + b"*0=%ff",
                    b"; " + name,
                )
            )
        extra = self._one((0, 0, 0, 0, 1, 1, 2, 5, 5, 120))
        return written + b"".join(b"; p%d=%s" % (number, self._anything()[:80]) for number in range(extra))

    # Parts -----------------------------------------------------------------------------------------------------

    def _part(self, *, top: bool, depth: int) -> bytes:
        self._left -= 1
        fields = self._top_fields() if top else []
        if self._chance(35) and self._left > 0 and depth < self._one((2, 4, 8, 30)):
            content_type, body = self._multipart(depth)
        else:
            content_type, encoding, body = self._leaf(depth)
            fields.append(self._field("Content-Transfer-Encoding", encoding))
        fields += [self._field("Content-Type", content_type) for _ in range(self._one((0, 1, 1, 1, 1, 2)))]
        if self._chance(40):
            name = self._one((b"a.pdf", b"../../x", b"\xff", b"a\r\nb", b"=?utf-8?q?a?=", b"x" * 500, b"con"))
            how = self._one((b"attachment", b"inline", b"form-data", b""))
            fields.append(self._field("Content-Disposition", how + self._parameters({b"filename": name})))
        return self._head(fields) + self._one((self._end, self._end, self._end, b"")) + body

    def _multipart(self, depth: int) -> tuple[bytes, bytes]:
        boundary = self._one(
            (
                b"B",
                b"BB",
                b"=_b(x)",
                b"a b ",
                b"",
                b"-",
                b"--",
                b"x" * 200,
                b"\xff",
                b"B" * self._random.randrange(1, 9),
            )
        )
        pieces = [self._text() if self._chance(20) else b""]
        for _ in range(self._one((0, 1, 2, 2, 3, 12))):
            if self._left <= 0:
                break
            pieces.append(
                b"--" + boundary + self._one((b"", b" ", b"x")) + self._end + self._part(top=False, depth=depth + 1)
            )
        pieces.append(self._one((b"--" + boundary + b"--", b"--" + boundary, b"", b"--" + boundary + b"-- x")))
        subtype = self._one(MULTIPARTS).encode()
        return b"multipart/" + subtype + self._parameters({b"boundary": boundary}), self._end.join(pieces) + self._end

    def _leaf(self, depth: int) -> tuple[bytes, bytes, bytes]:
        """Its type, its encoding, its body."""
        content_type = self._one(TYPES).encode()
        if content_type.startswith(b"message/") and self._chance(70) and self._left > 0:
            inner = self._part(top=True, depth=depth + 1) if self._chance(60) else self._delivery_status()
            return content_type, b"8bit", inner
        makers: tuple[Callable[[], bytes], ...] = (
            self._text,
            self._html,
            self._anything,
            self._repeated,
            lambda: self._bytes(3_000),
        )
        body = self._one(makers)()
        encoding = self._one(ENCODINGS)
        if encoding.lower() == "base64" and self._chance(80):
            body = base64.encodebytes(body)
        elif encoding == "quoted-printable":
            body = binascii.b2a_qp(body)
        elif encoding == "x-uuencode":
            body = (
                b"begin 644 x\n"
                + b"".join(binascii.b2a_uu(body[at : at + 45]) for at in range(0, len(body), 45))
                + b"end\n"
            )
        charset = self._one(CHARSETS).encode("utf-8", "replace")
        return content_type + self._parameters({b"charset": charset}), encoding.encode(), body

    def _html(self) -> bytes:
        tags = (
            b"<p>",
            b"</p>",
            b"<br",
            b"<blockquote>",
            b"<script>x",
            b"<style>",
            b"<!--",
            b"<a href='x",
            b"&amp;",
            b"&#9999999;",
        )
        return b"".join(self._one(tags) + self._text() for _ in range(self._random.randrange(30)))

    def _delivery_status(self) -> bytes:
        fields = (
            *(b"Reporting-MTA: dns; mx.evil.example", b"Final-Recipient: rfc822; ada@example.org", b"Action: failed"),
            *(b"Status: 5.1.1", b"Status: 9" + b".9" * 90, b"Diagnostic-Code: " + self._anything()[:300], b""),
        )
        return self._end.join(self._one(fields) for _ in range(self._random.randrange(12)))

    # Mutations -------------------------------------------------------------------------------------------------

    def _mutated(self, raw: bytes) -> bytes:
        begin = self._random.randrange(len(raw) + 1)
        end = min(len(raw), begin + self._random.randrange(1, 400))
        cut = raw[begin:end]
        put = self._one(
            (b"", self._anything(), self._repeated(), cut * self._one((2, 50)), cut[::-1], self._bytes(40), b"\x00")
        )
        return raw[:begin] + put + raw[self._one((begin, end)) :]
