"""Files handed over and fetched: on each engine with the folder, and on the embedded engine with MinIO."""
