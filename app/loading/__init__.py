"""Loading: reads rows from another system, sends them in batches to a registry, and keeps how far it came."""
