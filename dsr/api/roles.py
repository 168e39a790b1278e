"""Groups of roles for read operations; the roles of commands are named at each route."""

from typing import Final

from dsr.domain.roles import Role

READERS: Final = (Role.INTAKE, Role.HANDLER, Role.APPROVER, Role.DPO, Role.SYSTEM_OWNER, Role.AUDITOR)
"""Members of staff who work on cases or look into them. The operator runs the service and sees no case."""

STAFF: Final = (*READERS, Role.OPERATOR)
"""All roles of staff."""

MEMBERS: Final = tuple(role for role in STAFF if role is not Role.AUDITOR)
"""Staff who change something: all but auditors."""

SEES_STAFF: Final = (Role.OPERATOR, Role.HANDLER, Role.APPROVER, Role.DPO, Role.AUDITOR)
"""Who may know which members of staff there are."""

SEES_CREDENTIALS: Final = (Role.OPERATOR, Role.DPO, Role.AUDITOR)
"""Who may see the sessions, passkeys, tokens and accounts of others."""
