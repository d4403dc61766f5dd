"""GraphQL over HTTP, as its specification has it, on plain ASGI: lean, since every question passes through."""
