"""Mail out: what it says, and how it leaves."""

from dsr.letters.maildir import OutgoingMaildir
from dsr.letters.sign_in_code import LANGUAGES, sign_in_code

__all__ = ["LANGUAGES", "OutgoingMaildir", "sign_in_code"]
