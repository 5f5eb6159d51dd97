"""Work for people: tasks, incidents, approvals."""
