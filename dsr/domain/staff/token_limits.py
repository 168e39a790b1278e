"""What a token gives less than its holder has; it never gives more than they have now."""

from dataclasses import dataclass

from dsr.domain.roles import Role


@dataclass(frozen=True)
class TokenLimits:
    """Limits of a token, such as one for a program that only reads."""

    roles: tuple[Role, ...] | None = None
    """None: every role that the holder has at the time of use."""
    controllers: tuple[str, ...] | None = None
    """Ids of controllers; None: every controller in the holder's scope at the time of use."""
    reads_only: bool = False
    """It changes nothing, and opens no personal data."""
    calendar_only: bool = False
    """It gives the calendar of due dates by an address that calendars subscribe to, and nothing else."""

    def roles_of(self, held: frozenset[Role]) -> frozenset[Role]:
        """The roles that it gives to a holder who has these."""
        return held if self.roles is None else held & frozenset(self.roles)

    def scope_of(self, held: frozenset[str] | None) -> frozenset[str] | None:
        """The controllers that it opens to a holder with this scope; None for all."""
        if self.controllers is None:
            return held
        named = frozenset(self.controllers)
        return named if held is None else held & named

    @property
    def are_any(self) -> bool:
        """Whether it gives less than its holder has."""
        return self != TokenLimits()
