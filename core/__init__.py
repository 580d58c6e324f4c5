"""The words of Allo: what every other package may say, and nothing that acts.

Standard library and msgspec only.  No clock, no socket, no logger lives here.
"""
