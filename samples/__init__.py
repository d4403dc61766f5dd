"""The sample inventory, and the scripts that made it."""
