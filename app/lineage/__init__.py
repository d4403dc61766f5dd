"""Lineage: what data flows into what, how far, by which way, and how complete the answer is."""
