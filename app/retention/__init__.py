"""Retention: which versions lose their files, by whose decision, what that frees, and what storage costs."""
