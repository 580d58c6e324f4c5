"""What happened, kept: steps, snapshots, configurations, and the keys that seal personal data.

`Log` keeps and reads, `KeyStore` seals, `Reader` reads from any process.  Imports nothing of Allo but core.
"""
