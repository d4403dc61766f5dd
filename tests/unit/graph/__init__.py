"""What of the graph can be tested without one."""
