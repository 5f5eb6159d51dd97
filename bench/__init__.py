"""Benchmarks: each job of the product beside its raw SQL, in the same run, on the same rows."""
