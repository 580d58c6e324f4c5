"""The assembly: the pure kernel, the loop with the only clock, and what plugs the edges in."""
