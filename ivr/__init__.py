"""What we say and ask.  Pure: knows only `core`."""
