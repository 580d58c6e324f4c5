"""The world outside Asterisk: telephones of citizens and agents, over real SIP, RTP and sound.

From the wire up, one subject each:

=============== =========================================================================
``sip``         messages as data: parse, build, headers, addresses, dialog ids
``digest``      the answer to a 401 or 407
``sdp``         what two telephones agree about sound
``transactions`` requests and answers over UDP, which loses and repeats datagrams
``rtp``         one ticker that paces every stream of the process; keys as RFC 4733 events
``heard``       the last seconds received, with arrival times
``sound``       A-law, tones, levels, correlation, WAV, spoken French
``call``        one call: dialog, media, end; ``placed`` and ``offered`` are its two beginnings
``phone``       a user agent on its own UDP port: registers, calls, is called
``people``      who holds the telephone: citizens and agents, and the proof that they heard each other
=============== =========================================================================

Nothing here imports the rest of Allo: these telephones know Asterisk only through its wires.
"""
