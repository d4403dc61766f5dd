"""What the API shows of callers, tokens and grants, and how they are changed."""
