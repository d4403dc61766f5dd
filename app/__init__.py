"""Pedigree's service: a GraphQL API over a graph of model lineage."""
