"""What callers hear: words made into files that Asterisk plays.

=========== ==========================================================================
``sound``   samples: A-law, resampling, speech level, limiter (numpy, no I/O)
``wav``     RIFF/WAVE files read with care, whatever wrote them
``speak``   words spoken by espeak-ng, in a process of its own
``prompts`` where a prompt comes from: recorded, kept, or spoken now
``perform`` the edge: PreparePrompt in, PromptReady out
``music``   music on hold, composed by arithmetic
=========== ==========================================================================

Samples are float32 arrays of shape (n,), full scale ±1.0.  Files for Asterisk are raw A-law, 8 kHz, mono (`.alaw`).
"""
