"""Who is calling, and what is left to do when they are gone: records sought, tasks.  Pure: knows only `core`."""
