"""What the inventory holds, how it is registered, and how it is loaded from other systems."""
