"""The compiler, without an engine."""
