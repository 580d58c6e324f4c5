"""Recognisers of speech, behind one port (`port.py`): Vosk today; whatever comes must pass the same cards."""
