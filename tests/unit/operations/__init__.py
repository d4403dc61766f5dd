"""Tests of app.operations."""
