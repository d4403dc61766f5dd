"""Retention in the API."""
