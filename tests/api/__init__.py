"""The API over HTTP, as clients meet it."""
