"""A centre of several processes: what ties them together, and what stands in an edge's place."""
