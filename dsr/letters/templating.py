"""The templates of letters: those of the program, and those that a controller has in a folder of its own.

All run in a sandbox, escape what they show, and know what `dsr/letters/render.py` gives them. Those of controllers are
read and tried by `dsr/letters/overrides.py`.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import DictLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dsr.domain.request.letters import LetterKind
from dsr.letters.words import source, words

FORMAT: Final = "1"
"""Raised where the program writes the same template and fields differently than before."""

SUFFIX: Final = ".html.j2"


class Templates:
    """The templates in force. Safe to share between threads."""

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        """`overrides`: source by `<controller_id>/<kind>`."""
        self._overrides = dict(overrides or {})
        self._sources = {**_own_sources(), **{f"{name}{SUFFIX}": text for name, text in self._overrides.items()}}
        self._environments: dict[str, ImmutableSandboxedEnvironment] = {}

    @property
    def controllers(self) -> frozenset[str]:
        """Whose letters have templates of their own."""
        return frozenset(name.partition("/")[0] for name in self._overrides)

    def find(self, kind: LetterKind, *, controller_id: str | None, language: str) -> Template:
        """The template that a controller uses for a kind of letter. Raises jinja2.TemplateError."""
        return self._environment(language).get_template(self._name(kind, controller_id))

    def version(self, kind: LetterKind, *, controller_id: str | None, language: str) -> str:
        """Stands for everything that a letter is made from besides its fields; the same until some of that changes."""
        digest = hashlib.sha256(FORMAT.encode())
        own = sorted(name for name in self._sources if "/" not in name)
        parts = [self._sources[name].encode() for name in (*own, self._name(kind, controller_id))]
        for part in (*parts, *_own_sentences(), source(language)):
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
    """A sandbox that speaks one language."""
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
    """What the program says itself, and how: English stands there, and no catalogue has it."""
    folder = files(__package__)
    return tuple(folder.joinpath(name).read_bytes() for name in ("sentences.py", "statements.py"))


@cache
def _own_sources() -> dict[str, str]:
    folder = files(__package__).joinpath("templates")
    return {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(SUFFIX)}
