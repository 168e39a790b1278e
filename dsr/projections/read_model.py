"""What a read model is: of events, or of the state of a case."""

from dsr.projections.projection import Projection
from dsr.projections.state import StateHistory, StateReadModel

ReadModel = Projection | StateReadModel | StateHistory
"""Each has a `name`, a `table`, a `version`, and names the column of the `stream` that a row comes from."""
