"""Who may use a route, by the column "who" of the law's table of commands; reading follows from it."""

from typing import Final

from dsr.domain.roles import Role

ANYONE: Final[frozenset[Role]] = frozenset()
HANDLER: Final = frozenset({Role.HANDLER})
APPROVER: Final = frozenset({Role.APPROVER})
DPO: Final = frozenset({Role.DPO})
OPERATOR: Final = frozenset({Role.OPERATOR})
INTAKE: Final = frozenset({Role.INTAKE, Role.HANDLER})
EXECUTOR: Final = frozenset({Role.HANDLER, Role.SYSTEM_OWNER})
"""Those who carry out what was granted."""
SUBJECT: Final = frozenset({Role.HANDLER, Role.DATA_SUBJECT})
CASE_WORKER: Final = frozenset({Role.INTAKE, Role.HANDLER, Role.APPROVER, Role.DPO})
STAFF: Final = CASE_WORKER | {Role.SYSTEM_OWNER}
READER: Final = STAFF | {Role.AUDITOR}
MEMBER: Final = STAFF | {Role.OPERATOR}
CONFIRMER: Final = frozenset({Role.OPERATOR, Role.DPO})
