"""Who may open a screen besides holders of a permission."""

OPEN = "open"  # anybody, signed in or not
STAFF = "staff"  # every signed-in member of staff
