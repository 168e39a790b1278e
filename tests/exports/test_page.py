"""The page that a person opens: it stands alone, it can be read by anybody, and no value becomes markup."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.catalogues import Domain, keyed, languages_of
from dsr.domain.export import ExportKind
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.others_rights import OthersRight, Redaction, RedactionKind
from dsr.exports import ControllerFacts, PackageContents
from dsr.exports.page import RECORDS_SHOWN

VOID = {"meta", "br", "link", "img", "input", "hr"}
REVERSED = "\u202egnp.exe\u202c \u2066a\u2069 \u200fb\u061c"
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)> 'javascript:x' {{ 7*7 }} &amp; {name}"


class Outline(HTMLParser):
    """Tags with their attributes, strictly: each that opens closes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """What is markup, values of attributes aside."""
        return [(tag, tuple(attributes)) for tag, attributes in self.tags]

    def all(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def redaction(number: int, kind: RedactionKind, place: str = "") -> Redaction:
    return Redaction(UUID(int=900), UUID(int=number), kind, place, OthersRight.PRIVACY, values=None)


def redacted(contents: PackageContents) -> PackageContents:
    """A column of calls, the account as a whole."""
    return replace(
        contents,
        redactions={
            UUID(int=1): (redaction(1, RedactionKind.COLUMN, "note"),),
            UUID(int=2): (redaction(2, RedactionKind.WHOLE_FILE),),
        },
    )


def with_values(contents: PackageContents, value: str) -> PackageContents:
    """The same contents with one value everywhere a person or system may write one."""
    return replace(
        contents,
        reference=value,
        controller=ControllerFacts("callcentre-de", value, "DE", value),
        joint_controllers=tuple(replace(one, name=value, contact=value) for one in contents.joint_controllers),
        data=tuple(
            replace(
                one,
                data_set=replace(
                    one.data_set,
                    system=value,
                    purpose=value,
                    fields=tuple(
                        replace(each, description=value, unit=value, zone=value) for each in one.data_set.fields
                    ),
                ),
            )
            for one in contents.data
        ),
        attachments=tuple(replace(one, description=value, system=value, purpose=value) for one in contents.attachments),
        information=replace(contents.information, corrections=dict.fromkeys(InformationPoint, value)),
    )


@pytest.mark.parametrize("kind", ExportKind)
@pytest.mark.parametrize("code", ["en", "de", "el", "ja", "zh"])
def test_the_page_stands_alone(
    kind: ExportKind,
    code: str,
    contents: Callable[[ExportKind], PackageContents],
    page: Callable[[PackageContents], str],
) -> None:
    text = page(replace(redacted(contents(kind)), language=code))
    outline = Outline(text)
    assert not {"script", "link", "iframe", "object", "form", "img"} & {tag for tag, _ in outline.tags}
    assert "http" not in "".join(re.findall(r"(?:href|src)=\S+", text))
    assert "url(" not in text
    policies = [meta["content"] for meta in outline.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert [policy.split(";")[0] for policy in policies] == ["default-src 'none'"]


@pytest.mark.parametrize("kind", ExportKind)
def test_every_file_of_the_package_is_linked_and_every_link_leads_to_one(
    kind: ExportKind,
    contents: Callable[[ExportKind], PackageContents],
    page: Callable[[PackageContents], str],
    unpacked: Callable[[PackageContents], dict[str, bytes]],
) -> None:
    outline = Outline(page(contents(kind)))
    ids = {attributes["id"] for _, attributes in outline.tags if "id" in attributes}
    links = [link["href"] for link in outline.all("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    assert {link for link in links if not link.startswith("#")} == set(unpacked(contents(kind))) - {"index.html"}
    for name, content in unpacked(contents(kind)).items():
        if name.startswith("pages/"):
            assert [link["href"] for link in Outline(content.decode()).all("a")] == ["#content", "../index.html"]
    assert {one["src"] for one in outline.all("audio")} == {"attachments/call-2026-02-01.wav"}


def test_keyboards_and_screen_readers_find_their_way(
    access: PackageContents, page: Callable[[PackageContents], str]
) -> None:
    outline = Outline(page(redacted(access)))
    tags = [tag for tag, _ in outline.tags]
    assert outline.tags[0] == ("html", {"lang": "en"})
    assert [tags.count(each) for each in ("title", "h1", "main", "header", "nav", "footer")] == [1] * 6
    assert outline.all("a")[0] == {"class": "skip", "href": "#content"}
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h\d", tag)]
    assert all(below - above <= 1 for above, below in pairwise(levels))
    assert tags.count("table") == tags.count("caption") > 1
    assert all(head.get("scope") in ("col", "row") for head in outline.all("th"))
    assert all(one["aria-label"] for one in (*outline.all("nav"), *outline.all("audio")))
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    labels = {attributes["aria-labelledby"] for _, attributes in outline.tags if "aria-labelledby" in attributes}
    assert labels <= set(ids)


def test_times_are_told_in_the_zone_of_the_controller_that_answers(
    access: PackageContents, page: Callable[[PackageContents], str]
) -> None:
    text = page(replace(access, prepared_at=datetime(2026, 7, 5, 22, 30, tzinfo=UTC)))
    assert access.information.record.controller("callcentre-de").zone == "Europe/Berlin"
    assert '<time datetime="2026-07-05T22:30:00+00:00">6 July 2026, 00:30 (UTC+02:00)</time>' in text
    assert '<time datetime="2026-03-01T08:01:00+00:00">1 March 2026, 09:01 (UTC+01:00)</time>' in text


@pytest.mark.parametrize("kind", ExportKind)
def test_a_hostile_value_stays_text(
    kind: ExportKind, contents: Callable[[ExportKind], PackageContents], page: Callable[[PackageContents], str]
) -> None:
    plain = Outline(page(with_values(contents(kind), "plain")))
    hostile = Outline(page(with_values(contents(kind), HOSTILE)))
    assert hostile.shape == plain.shape
    assert HOSTILE in hostile.text


def test_no_value_shows_itself_or_its_neighbours_in_another_order(
    access: PackageContents,
    page: Callable[[PackageContents], str],
    unpacked: Callable[[PackageContents], dict[str, bytes]],
) -> None:
    data = (replace(access.data[0], read=lambda: [{"note": REVERSED, "mood": {REVERSED: [REVERSED]}}]),)
    files = unpacked(replace(access, data=data))
    for shown in (page(with_values(access, REVERSED)), files["pages/calls.html"].decode()):
        assert not set(shown) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
        assert "⟨U+202E⟩gnp.exe⟨U+202C⟩" in shown
    assert "\u202egnp.exe".encode() in files["data/calls.json"], "data stays as it is"


@given(value=st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf")), min_size=1).filter(str.strip))
def test_no_value_becomes_markup(
    contents: Callable[[ExportKind], PackageContents], page: Callable[[PackageContents], str], value: str
) -> None:
    plain = Outline(page(with_values(contents(ExportKind.ACCESS), "plain")))
    assert Outline(page(with_values(contents(ExportKind.ACCESS), value))).shape == plain.shape


def test_what_was_left_out_is_told_with_its_reason(
    access: PackageContents, page: Callable[[PackageContents], str]
) -> None:
    text = Outline(page(redacted(access))).text
    assert "This is personal data of somebody else." in text
    assert "GDPR Art. 15(4)" in text


def test_portability_says_that_nothing_was_erased_and_what_was_not_covered(
    portability: PackageContents, page: Callable[[PackageContents], str]
) -> None:
    for code in languages_of(Domain.PACKAGES):
        text = Outline(page(replace(portability, language=code))).text
        assert keyed(Domain.PACKAGES, code)["nothing-erased"] in text
        assert keyed(Domain.PACKAGES, code)["left-out.inferred"] in text
        assert "mood.txt" in text


def test_a_page_in_another_language_says_why(access: PackageContents, page: Callable[[PackageContents], str]) -> None:
    """And is in the first language of the controller that pages have."""
    written = page(replace(access, language="zh"))
    assert '<html lang="de">' in written
    assert "Diese Seite gibt es in Ihrer Sprache (Chinesisch) noch nicht." in Outline(written).text
    assert "in your language" not in Outline(page(access)).text


def test_every_point_of_the_information_stands_on_the_page(
    access: PackageContents, page: Callable[[PackageContents], str]
) -> None:
    text = Outline(page(access)).text
    authority: Any = access.information.authority
    assert authority.name in text
    assert "From the directory of <Müller & Sons>." in text


def test_a_person_can_read_every_value_without_a_program(
    access: PackageContents, unpacked: Callable[[PackageContents], dict[str, bytes]]
) -> None:
    account = Outline(unpacked(access)["pages/account.html"].decode())
    assert {tag for tag, _ in account.tags}.isdisjoint({"script", "link", "img"})
    for value in ("Zoë Ångström", "900719925474099312345", "10.50", "Köln", "address › city", "visits 2 › at", "null"):
        assert value in account.text
    assert "What name means" in account.text


def test_a_hostile_record_stays_text(
    access: PackageContents, unpacked: Callable[[PackageContents], dict[str, bytes]]
) -> None:
    def outline(value: str) -> Outline:
        data = (replace(access.data[0], read=lambda: [{"note": value, "mood": {value: [value]}}]),)
        return Outline(unpacked(replace(access, data=data))["pages/calls.html"].decode())

    assert outline(HOSTILE).shape == outline("plain").shape
    assert outline(HOSTILE).text.count(HOSTILE) == 3


def test_a_page_shows_so_many_records_and_says_where_all_are(
    access: PackageContents, unpacked: Callable[[PackageContents], dict[str, bytes]]
) -> None:
    data = (replace(access.data[0], read=lambda: [{"note": f"n-{number}"} for number in range(RECORDS_SHOWN + 7)]),)
    outline = Outline(unpacked(replace(access, data=data))["pages/calls.html"].decode())
    assert f"Here are {RECORDS_SHOWN} of {RECORDS_SHOWN + 7} records" in outline.text
    assert [tag for tag, _ in outline.tags].count("table") == RECORDS_SHOWN
