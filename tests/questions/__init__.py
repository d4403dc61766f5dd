"""The investigator's questions, asked as docs/questions has them."""
