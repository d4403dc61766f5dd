"""The one room that speaks to the graph: the driver, what engines disagree about, and the embedded engine."""
