"""What the graph holds, declared once: labels, keys, properties and relationship types.

The constraints, the writing statements, the validation of incoming rows, the reference page and the query compiler all
read these declarations; nothing is stored that is not declared here. Pure: the standard library only.
"""
