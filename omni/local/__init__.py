"""The embedded servers: PostgreSQL and Valkey for demo, development and tests."""
