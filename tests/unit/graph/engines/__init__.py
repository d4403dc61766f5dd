"""What engines disagree about, as far as text goes."""
