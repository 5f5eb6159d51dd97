"""Experiments that try to break the product: races, faults, crashes. Imported by nothing."""
