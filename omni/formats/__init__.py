"""How lists and forms write dates and times, where that differs from Django's way."""
