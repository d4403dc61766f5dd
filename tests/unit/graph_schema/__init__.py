"""The declaration of the graph, and what is made of it."""
