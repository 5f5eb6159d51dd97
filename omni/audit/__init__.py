"""The invariants of the house, and the run that proves them."""
