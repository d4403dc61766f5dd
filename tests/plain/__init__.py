"""An inventory in memory, and ordinary resolvers over it: what the compiler is held against."""
