"""Errors of writing letters."""

from dsr.domain.errors import Unavailable


class LetterTemplateInvalid(Unavailable):
    """A letter template is invalid. Correct the file that `facts` names, or remove it to use the built-in one."""

    code = "letter-template-invalid"
