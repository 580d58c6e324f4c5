"""`./allo demo`: a centre with its town around it."""
