"""Who takes it: queues, agents, offers.  Pure: knows only `core`."""
