"""The bytes behind versions: kept by their sha256, in a bucket or a folder, and given out by signed addresses."""
