"""Taking in mail (GDPR Art. 12(2), (3); docs/law §2 on arrival, §3 on follow-ups).

`desk.py` reads down the page: a mail is read (`reading.py`), placed (`placing.py`) and recorded there (`recording.py`);
what can't be is set aside in the quarantine.
"""

from dsr.desk.mail.desk import MailDesk
from dsr.desk.mail.recording import MessageOutcome

__all__ = ["MailDesk", "MessageOutcome"]
