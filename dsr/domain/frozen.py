"""Copies of frozen values, for state that changes with each event."""

from typing import TYPE_CHECKING

__all__ = ["replace"]

if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(value, /, **changes):
        """`dataclasses.replace` at a fifth of its cost: the value with these fields changed.

        For frozen dataclasses without slots and without a `__post_init__`, which is not called. Raises TypeError for a
        field that the value does not have.
        """
        fields = value.__dict__ | changes
        if len(fields) != len(value.__dict__):
            raise TypeError(f"{type(value).__name__} has no field {', '.join(changes.keys() - value.__dict__)}")
        copy = object.__new__(type(value))
        object.__setattr__(copy, "__dict__", fields)
        return copy
