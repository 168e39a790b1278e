"""Kinds of read models: of events, of the state of a case, or sums over all cases."""

from dsr.projections.projection import Projection
from dsr.projections.state import StateHistory, StateReadModel
from dsr.projections.summed import SummedReadModel

ReadModel = Projection | StateReadModel | StateHistory | SummedReadModel
"""Each has a `name`, a `table`, a `version`, and the `stream` column of its rows' source; sums have that of a cell."""
