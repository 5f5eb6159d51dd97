"""The small merchant of the demo, Atelier Nord: made by operations, the same on every machine."""
