"""Write the golden letters anew: `.venv/bin/python tests/letters/make_golden.py`. Then read what changed."""

from pathlib import Path

from dsr.domain.request.letters import LetterKind
from dsr.letters import Templates, render
from dsr.letters.samples import sample_fields

FOLDER = Path(__file__).parent / "golden"
LETTERS = (
    (LetterKind.ACKNOWLEDGEMENT, "en"),
    (LetterKind.IDENTITY_QUESTION, "fr"),
    (LetterKind.REFUSAL, "de"),
    (LetterKind.ACCESS, "de"),
    (LetterKind.FEE, "ja"),
    (LetterKind.ENDING, "fr"),
    (LetterKind.FORWARDING, "de"),
)


def letters() -> dict[str, str]:
    """File name → what it holds."""
    made = {}
    for kind, language in LETTERS:
        letter = render(sample_fields(kind, language), Templates())
        made[f"{kind}.{language}.txt"] = f"{letter.subject}\n\n{letter.text}"
        made[f"{kind}.{language}.html"] = letter.html
    return made


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in letters().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
