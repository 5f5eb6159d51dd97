"""What every folder stands on: money, time, ids, errors, states. Imports nothing of ours."""
