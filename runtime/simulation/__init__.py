"""Days that might be: arrivals played against the configured agents, by the real engine and by a baseline."""
