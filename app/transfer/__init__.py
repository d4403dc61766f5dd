"""The client's side of files: a folder becomes the files of a version, and those of a version come into a folder."""
