"""One module or package for each system that Pedigree loads from; found by entry point, never imported by `app`."""
