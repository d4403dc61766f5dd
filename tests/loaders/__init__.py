"""Loaders on real stores."""
