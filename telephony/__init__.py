"""The telephony edge: real Asterisk through AMI.

=============== ==========================================================================================
``conf``        Asterisk's whole configuration, written from a frozen ``NodeSettings``
``process``     one Asterisk as an operating-system process: start, find again, end
``nodes``       ``OwnNode`` (ours: started, adopted, watched) and ``AttachedNode`` (somebody else's)
``wire``        AMI as text: what may be written, how it is read
``link``        one guarded login to AMI, for ever reconnecting
``agi``         what AGI commands answer
``numbers``     telephone numbers as the network writes them, in E.164
``legs``        what is remembered of our legs in Asterisk: names, bridges
``translate``   AMI messages to facts; pure
``fields``      fields that hold more than one thing; ``causes``: why legs end
``snapshot``    asking Asterisk what is true
``perform``     ``Telephony``, the edge itself: orders to AMI actions
=============== ==========================================================================================
"""
