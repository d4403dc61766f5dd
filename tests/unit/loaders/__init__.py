"""The loaders, without a socket."""
