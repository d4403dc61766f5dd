"""The same tests on every store of artifacts: a folder, and a real MinIO."""
