"""What keeps a letter from being written."""

from dsr.domain.errors import Unavailable


class LetterTemplateInvalid(Unavailable):
    """A template of a letter can't be used. Correct the file that is named, or remove it to use the program's own."""

    code = "letter-template-invalid"
