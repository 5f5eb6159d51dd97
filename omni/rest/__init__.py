"""How the house speaks HTTP: endpoints, input, answers, problems, idempotency, pages, schema."""
