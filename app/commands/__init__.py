"""The commands of `pedigree`, one file each, and what they share."""
