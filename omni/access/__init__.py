"""Who may do what: people, programs and storefronts, their credentials, roles and grants."""
