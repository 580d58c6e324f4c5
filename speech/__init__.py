"""What callers hear and say: words made into files that Asterisk plays, and the models that hear words.

=========== ==========================================================================
``sound``   samples: A-law, resampling, speech level, limiter (numpy, no I/O)
``wav``     RIFF/WAVE files read with care, whatever wrote them
``speak``   words spoken by espeak-ng, in a process of its own
``prompts`` where a prompt comes from: recorded, kept, or spoken now
``perform`` the edge: PreparePrompt in, PromptReady out
``music``   music on hold, composed by arithmetic
``recordings`` what is wrong with a recorded prompt, for whoever recorded it
``models``  a recogniser's model on disk: whether it is whole, its rate, its words
=========== ==========================================================================

`test_model/` makes a small French model from synthetic speech, for tests and the demo.

Samples are float32 arrays of shape (n,), full scale ±1.0.  Files for Asterisk are raw A-law, 8 kHz, mono (`.alaw`).
"""
