"""Retention, as far as it is pure."""
