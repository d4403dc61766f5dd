"""The tests of Pedigree."""
