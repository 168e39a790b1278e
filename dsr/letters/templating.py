"""Templates of letters: built-in ones, and those of a controller's own folder.

All run in a sandbox, escape their values, and see only the values from `dsr/letters/render.py`.
`dsr/letters/overrides.py` reads and tests those of controllers.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import DictLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dsr.catalogues import Domain, source
from dsr.domain.request.letters import LetterKind
from dsr.letters.words import words

FORMAT: Final = "2"
"""Increase it when the program renders the same template and fields differently than before."""

SUFFIX: Final = ".html.j2"


class Templates:
    """The templates in force. Safe to share between threads."""

    def __init__(self, overrides: Mapping[str, str] | None = None, *, english_if_untranslated: bool = False) -> None:
        """`overrides`: source by `<controller_id>/<kind>`."""
        self.english_if_untranslated = english_if_untranslated
        """Whether letters with an untranslated sentence are written in English only instead of failing."""
        self._overrides = dict(overrides or {})
        self._sources = {**_own_sources(), **{f"{name}{SUFFIX}": text for name, text in self._overrides.items()}}
        self._environments: dict[str, ImmutableSandboxedEnvironment] = {}

    @property
    def controllers(self) -> frozenset[str]:
        """Ids of the controllers with templates of their own."""
        return frozenset(name.partition("/")[0] for name in self._overrides)

    def find(self, kind: LetterKind, *, controller_id: str | None, language: str) -> Template:
        """The template of a controller for a kind of letter. Raises jinja2.TemplateError."""
        return self._environment(language).get_template(self._name(kind, controller_id))

    def version(self, kind: LetterKind, *, controller_id: str | None, language: str) -> str:
        """Identifies everything that renders a letter besides its fields; changes when any of that changes."""
        digest = hashlib.sha256(FORMAT.encode())
        own = sorted(name for name in self._sources if "/" not in name)
        parts = [self._sources[name].encode() for name in (*own, self._name(kind, controller_id))]
        for part in (*parts, *_own_sentences(), source(Domain.LETTERS, language)):
            digest.update(hashlib.sha256(part).digest())
        return f"{kind}-{digest.hexdigest()[:16]}"

    def _name(self, kind: LetterKind, controller_id: str | None) -> str:
        override = f"{controller_id}/{kind}"
        return f"{override if override in self._overrides else kind}{SUFFIX}"

    def _environment(self, language: str) -> ImmutableSandboxedEnvironment:
        if language not in self._environments:
            self._environments[language] = environment(language, self._sources)
        return self._environments[language]


def environment(language: str, sources: Mapping[str, str]) -> ImmutableSandboxedEnvironment:
    """A sandboxed environment for one language."""
    made = ImmutableSandboxedEnvironment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    spoken = words(language)
    made.install_gettext_callables(spoken.gettext, spoken.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return made


def _own_sentences() -> tuple[bytes, ...]:
    """The modules with the program's own sentences: English text, which no catalogue contains."""
    folder = files(__package__)
    return tuple(folder.joinpath(name).read_bytes() for name in ("sentences.py", "statements.py"))


@cache
def _own_sources() -> dict[str, str]:
    folder = files(__package__).joinpath("templates")
    return {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(SUFFIX)}
