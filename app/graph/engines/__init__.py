"""What engines disagree about, each in a module of its own; everything else is the same Cypher on all of them."""
