"""A controller may write a letter its own way; what the law demands stays in it, or the service does not start."""

from pathlib import Path

import pytest

from dsr.domain.request.letters import ANSWER_OF, REQUIRED_STATEMENTS, LetterKind
from dsr.letters import LANGUAGES, LetterTemplateInvalid, Templates, load_templates, render
from dsr.letters.fields import FROM_HEAD, CalendarDate, Count, Money
from dsr.letters.samples import sample_fields

K = LetterKind
TOP = '{% extends "letter.html.j2" %}{% block subject %}Ours ({{ reference }}){% endblock %}{% block body %}'


def write(folder: Path, kind: str, body: str, *, controller: str = "callcentre-de") -> Path:
    path = folder / controller / f"{kind}.html.j2"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{TOP}{body}{{% endblock %}}", encoding="utf-8")
    return path


def said(kind: LetterKind, code: str) -> str:
    """A statement as a template of its own would say it."""
    given = sample_fields(kind, "de").statements.get(code)
    within = isinstance(given, CalendarDate | Money | Count) or (code in FROM_HEAD and code != "rights-understood")
    return f'<p>{{{{ say("{code}") }}}}</p>' if within else f'{{{{ say("{code}") }}}}'


def body(kind: LetterKind, *, without: str = "") -> str:
    """All that the law asks of the letter but one statement, and nothing besides."""
    of_refusals = {"reasons", "facts", "provision"}
    told = "".join(f"<p>{code}</p>{{{{ each.{code} }}}}" for code in ("reasons", "facts") if code != without)
    told += "" if without == "provision" else "<p>{{ each.provision }}</p>"
    refusals = f"{{% for each in refusals %}}<h2>{{{{ each.title }}}}</h2>{{{{ each.extent }}}}{told}{{% endfor %}}"
    codes = sorted(REQUIRED_STATEMENTS[kind] | sample_fields(kind, "de").statements.keys())
    rest = "".join(
        said(kind, code) for code in codes if code != without and not (kind is K.REFUSAL and code in of_refusals)
    )
    return f"{rest}{refusals}" if kind is K.REFUSAL else rest


PLAIN = sorted(set(LetterKind) - set(ANSWER_OF.values()))
EACH = [(kind, code) for kind in PLAIN for code in sorted(REQUIRED_STATEMENTS[kind])]


@pytest.mark.parametrize("kind", PLAIN)
def test_a_controller_writes_a_letter_its_own_way(kind: LetterKind, tmp_path: Path) -> None:
    write(tmp_path, kind, "<p>Our own words.</p>" + body(kind))
    templates = load_templates(tmp_path)
    ours = render(sample_fields(kind, "de"), templates, controller_id="callcentre-de")
    theirs = render(sample_fields(kind, "de"), templates, controller_id="callcentre-fr")
    assert "Our own words." in ours.text
    assert "Our own words." not in theirs.text
    assert theirs.template_version == render(sample_fields(kind, "de"), Templates()).template_version
    assert ours.template_version != theirs.template_version


@pytest.mark.parametrize("kind", [K.ACKNOWLEDGEMENT, K.ERASURE])
def test_a_controller_changes_one_part_of_the_letter_and_keeps_the_rest(kind: LetterKind, tmp_path: Path) -> None:
    path = write(tmp_path, kind, "")
    closing = '{% block closing %}{{ super() }}<p>Ring us. {{ say("contact") }}</p>{% endblock %}'
    subject = "{% block subject %}{{ super() }} | ours{% endblock %}"
    path.write_text(f'{{% extends "{kind}.html.j2" %}}{subject}{closing}', encoding="utf-8")

    templates = load_templates(tmp_path)

    fields = sample_fields(kind, "de")
    ours = render(fields, templates, controller_id="callcentre-de")
    theirs = render(fields, templates)
    assert ours.subject == f"{theirs.subject} | ours"
    assert "Ring us. " in ours.text


def test_a_letter_without_a_heading_has_no_subject(tmp_path: Path) -> None:
    path = write(tmp_path, "extension", "")
    path.write_text("<p>Only words.</p>", encoding="utf-8")
    with pytest.raises(LetterTemplateInvalid, match="no <h1> names its subject"):
        load_templates(tmp_path)


@pytest.mark.parametrize(("kind", "code"), EACH)
def test_a_template_that_drops_what_the_law_demands_is_refused_by_name(
    kind: LetterKind, code: str, tmp_path: Path
) -> None:
    # `contact` stands in the closing, which such a template may replace as well.
    closing = "{% endblock %}{% block closing %}<p>Bye</p>" if code == "contact" else ""
    path = write(tmp_path, kind, body(kind, without=code) + closing)
    with pytest.raises(LetterTemplateInvalid) as refused:
        load_templates(tmp_path)
    assert refused.value.facts == {"file": str(path), "language": LANGUAGES[0], "missing": [code]}
    assert all(each in refused.value.detail for each in (str(path), LANGUAGES[0], code))


@pytest.mark.parametrize(
    "drops",
    [
        '{{ say("processed-or-not") if not nothing_held }}',
        "{% if not nothing_held %}{{ say('complaint') }}{% endif %}",
    ],
)
def test_what_an_answer_says_where_nothing_was_found_is_tried_too(drops: str, tmp_path: Path) -> None:
    whole = body(K.ACCESS)
    every = "{% if nothing_held %}" + drops + "{{ say('rights') }}{% else %}" + whole + "{% endif %}"
    path = write(tmp_path, "access", every)
    with pytest.raises(LetterTemplateInvalid, match=str(path)):
        load_templates(tmp_path)


def test_a_template_that_forgets_partial_refusals_is_refused(tmp_path: Path) -> None:
    nothing = "{{ say('processed-or-not') }}{{ say('rights') }}{{ say('complaint') }}{{ say('searched') }}"
    write(
        tmp_path, "portability", "{% if nothing_held %}" + nothing + "{% else %}" + body(K.PORTABILITY) + "{% endif %}"
    )
    with pytest.raises(LetterTemplateInvalid) as refused:
        load_templates(tmp_path)
    assert refused.value.facts["missing"] == ["authority", "facts", "judicial-remedy", "provision", "reasons"]


def test_a_statement_in_one_language_only_is_refused_with_the_language(tmp_path: Path) -> None:
    drops = body(K.EXTENSION).replace(
        '{{ say("reasons") }}', "{% if language != 'pl' %}{{ say('reasons') }}{% endif %}"
    )
    write(tmp_path, "extension", drops)
    with pytest.raises(LetterTemplateInvalid) as refused:
        load_templates(tmp_path)
    assert refused.value.facts["language"] == "pl"
    assert refused.value.facts["missing"] == ["reasons"]


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("{{ nobody_knows }}", "nobody_knows"),
        ("{% if %}", "Expected an expression"),
        ('{{ _("A sentence of our own.") }}', "text outside"),
        ('<p>{{ _("A sentence of our own.") }}</p>', "A sentence of our own"),
        ('<script>alert("x")</script>', "<script>"),
        ('<p onclick="x()">x</p>', "onclick"),
        ('<p><img src="https://tracker.example/x.png"></p>', "<img>"),
        ('<p><a href="javascript:x()">x</a></p>', "<a>"),
        ("<p>open", "<p> can't stand there"),
        ("<!-- x -->", "comments"),
        ("<p>{{ ''.__class__.__mro__ }}</p>", "unsafe"),
        ("<p>{{ say.__globals__ }}</p>", "unsafe"),
        ("<p>{% include '../../settings.py' %}</p>", "settings.py"),
        ("<p>{{ 1 / 0 }}</p>", "ZeroDivisionError"),
        ("<p>{{ range(10 ** 9) | list }}</p>", "OverflowError"),
        ('{{ say("thanks") }}', "thanks"),
    ],
)
def test_a_template_that_does_not_render_is_refused_with_the_reason(broken: str, told: str, tmp_path: Path) -> None:
    path = write(tmp_path, "extension", body(K.EXTENSION) + broken)
    with pytest.raises(LetterTemplateInvalid) as refused:
        load_templates(tmp_path)
    assert told in refused.value.detail
    assert str(path) in refused.value.detail


@pytest.mark.parametrize(
    "name", ["de/thanks.html.j2", "extension.html.j2", "a/b/extension.html.j2", "de/extension.html"]
)
def test_a_file_that_no_letter_would_use_is_a_mistake(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    with pytest.raises(LetterTemplateInvalid, match="<controller id>/<kind>"):
        load_templates(tmp_path)


def test_a_folder_that_is_not_there_and_a_file_in_another_encoding_are_said(tmp_path: Path) -> None:
    with pytest.raises(LetterTemplateInvalid, match="no such folder"):
        load_templates(tmp_path / "nowhere")
    write(tmp_path, "extension", body(K.EXTENSION)).write_bytes("Grüße".encode("latin-1"))
    with pytest.raises(LetterTemplateInvalid, match="UTF-8"):
        load_templates(tmp_path)


def test_hidden_files_are_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("x")
    assert load_templates(tmp_path).controllers == frozenset()


def test_without_a_folder_the_programs_own_are_used() -> None:
    assert render(sample_fields(K.FEE, "de"), load_templates(None)).text
