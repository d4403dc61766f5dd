"""Files on their way, as far as no connection is needed."""
