"""Tests of the room `lineage` that need no engine."""
