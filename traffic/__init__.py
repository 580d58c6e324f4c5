"""The world outside Asterisk: telephones of citizens and agents, over real SIP, RTP and sound.

From the wire up, one subject each:

================ ====================================================================================
``sip``          messages as data: parse, build, headers, addresses
``digest``       the answer to a 401 or 407
``sdp``          what two telephones agree about sound
``transactions`` requests and answers over UDP, which loses and repeats datagrams
``sound``        A-law, tones, levels, correlation, WAV
``speech``       spoken French, by espeak-ng
``heard``        the last seconds received, with arrival times
``ticker``       the one timer that paces every stream of the process
``rtp``          a stream in both directions, keys as RFC 4733 events
``call``         one call: dialog, sound, end; ``placed`` and ``offered`` are its two beginnings
``registration`` telling the registrar where we are
``phone``        a user agent on its own UDP port: registers, calls, is called
``tones``        who is heard: a tone for each party, recognised at the other end
``report``       one call as one party lived it, and the proof that two heard each other
``leg``          one end of a call while somebody lives it
``people``       citizens and agents: what they do
``plan``         what a crowd is asked to do (``fields`` reads it, ``tally`` counts what came of it)
``crowd``        many people at once; ``python -m traffic`` runs it
================ ====================================================================================

Nothing here imports the rest of Allo: these telephones know Asterisk only through its wires.
"""
