"""The fields by which files are handed over, fetched and watched, and their types."""
