"""What answers are held against: independent of the service, in plain Python and networkx."""
