"""What somebody wants, from words that were recognised or written: which topic, how sure, and which words said so.

=============== ==================================================================
``normalise``   words as they are compared: no accents, no fillers, letters spelt joined
``message``     an e-mail or a text, and what its writer says in it
``written``     a message without its greeting, signature and the mail it answers
``slips``       unknown words read as the nearest known one
``concepts``    what words have in common, by lists written for it
``similar``     how alike two utterances are, in words, pairs of words and letters
``ridge``       what examples of each topic teach, by kernel ridge regression in numpy
``kept``        what was learnt, in a file
``calibrate``   from scores to probabilities, fitted on examples that were left out
``topics``      topics and examples as the configuration has them
``understand``  Understander: the whole of it, in less than a millisecond
``urgency``     danger by rules that anybody can read
``logistic``    what tells one label from another, over features that few have
``fears``       danger as it is learnt from sentences
``lookout``     both together: how urgent an utterance is
``improve``     new examples out of what agents put right
``evaluate``    how good it is, on utterances that it has never seen
=============== ==================================================================

Everything here is arithmetic on words: same examples and same words, same reading, on every machine.
"""
