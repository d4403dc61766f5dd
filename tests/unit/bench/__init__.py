"""The bench's own arithmetic, without anything being measured."""
