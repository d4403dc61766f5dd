"""The world of the tests of artifacts."""

from tests.artifacts.conftest import pytest_generate_tests, tiered, world

__all__ = ["pytest_generate_tests", "tiered", "world"]
