"""What a file is, told from its header and a few bytes more. Nothing is loaded, unpickled, unpacked or executed."""
