"""What is written to customers about their orders, when, and in which words."""
