"""Counted things in the sentences that commands print."""


def counted(number: int, one: str, many: str = "") -> str:
    """The number with its noun: `1 case`, `2 cases`; `many` where the plural is not the singular with an s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
