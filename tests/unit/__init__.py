"""Tests of single modules; no sockets."""
