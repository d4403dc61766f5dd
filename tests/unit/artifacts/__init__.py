"""Artifacts without a store: addresses, manifests, formats."""
