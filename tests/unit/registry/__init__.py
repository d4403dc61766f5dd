"""The registry, without a graph and without a socket."""
