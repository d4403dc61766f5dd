"""The real servers that the tests run on, fetched and started without containers."""
