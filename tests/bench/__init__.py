"""What `make bench` measures: ratios of two sides, interleaved in one run, each checked for the right answer first.

A benchmark and not a test: no time fails anything. Traffic goes to loopback only.
"""
