"""What is replaced in the driver, tested without a graph."""
