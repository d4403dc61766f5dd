"""The things of the inventory as the API shows them: what each field of a type is in the graph."""
