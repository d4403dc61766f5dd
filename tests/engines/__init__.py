"""The same tests on every engine."""
