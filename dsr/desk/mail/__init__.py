"""Taking in mail (GDPR Art. 12(2), (3); docs/law §2 on arrival, §3 on follow-ups).

`desk.py` reads down the page: a mail is read (`reading.py`), placed (`placing.py`) and recorded there (`recording.py`);
mail that can't be placed goes to the quarantine.
"""

from dsr.desk.mail.desk import MailDesk
from dsr.desk.mail.recording import MessageOutcome

__all__ = ["MailDesk", "MessageOutcome"]
