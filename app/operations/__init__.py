"""One GraphQL operation, from text to answer: read, held to the limits, executed, its errors made fit to show."""
