"""What the inventory holds, and how it is registered, merged, retracted and read."""
