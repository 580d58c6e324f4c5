"""A small French model in Vosk's format, made by the project itself from synthetic speech.

Whoever runs a centre fetches a real model (`./allo speech fetch`).  Machines that build and test have none: for them,
and for a demo without any network, this package makes one that knows some hundred words and recognises espeak-ng only.
It needs numpy and libespeak-ng, neither torch nor Kaldi nor an FST library, and some minutes.

============ ==========================================================================
``phrases``  phrases.txt: the sentences of callers, as lists and patterns
``corpus``   phrases.txt read; sentences drawn from it
``voices``   libespeak-ng: sound, and which phone is said when
``telephone``what a line does to a voice: band, level, noise, A-law
``features`` MFCC as Kaldi computes them
``examples`` sentences spoken, heard through a telephone, labelled frame by frame
``network``  a small time-delay network, trained in numpy
``lexicon``  how each word was said
``graph``    lexicon and word pairs as automata
``kaldi``    the files: binary matrices, transition model, nnet3, OpenFst
``build``    all of it, into a directory
``measure``  word error rate on voices and sentences never trained on
============ ==========================================================================

The result is kept in `built/`, beside the script that made it; tests/speech/test_model rebuilds an equivalent.
"""
