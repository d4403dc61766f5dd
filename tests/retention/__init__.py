"""Retention, on each engine with artifacts in a folder, and on the embedded one with MinIO."""
