"""What is connected, held and ended.  Pure: knows only `core`."""
