"""The demo merchant, and imports of real data."""
