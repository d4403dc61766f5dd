"""What of the embedded engine can be tested without one."""
