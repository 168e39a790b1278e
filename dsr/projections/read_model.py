"""Kinds of read models: of events, or of the state of a case."""

from dsr.projections.projection import Projection
from dsr.projections.state import StateHistory, StateReadModel

ReadModel = Projection | StateReadModel | StateHistory
"""Each has a `name`, a `table`, a `version`, and the `stream` column of its rows' source."""
