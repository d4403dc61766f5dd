"""Loading, without a graph and without a socket."""
