"""Tests of the modules directly below `app`."""
