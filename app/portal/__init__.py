"""Pages for people: the explorer, where it was built."""
