"""The files of a Vosk model, byte by byte: Kaldi's transition model and nnet3, OpenFst's vector automata.

Formats as in kaldi-asr/kaldi (src/hmm/transition-model.cc, src/nnet3/, src/matrix/) and openfst (fst/vector-fst.h);
written anew, none of their code is used.  All numbers are little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import inf, log

import numpy as np
import numpy.typing as npt

from speech.test_model.graph import Automaton, Phones
from speech.test_model.network import CONTEXT, NEIGHBOURS, STRIDE, Trained

_Floats = npt.NDArray[np.floating]


def _token(text: str) -> bytes:
    return text.encode() + b" "


def _int(value: int) -> bytes:
    return b"\x04" + struct.pack("<i", value)


def _float(value: float) -> bytes:
    return b"\x04" + struct.pack("<f", value)


def _double(value: float) -> bytes:
    return b"\x08" + struct.pack("<d", value)


def _ints(values: Sequence[int]) -> bytes:
    return b"\x04" + struct.pack("<i", len(values)) + np.asarray(values, "<i4").tobytes()


def _vector(values: _Floats | Sequence[float]) -> bytes:
    return b"FV " + _int(len(values)) + np.asarray(values, "<f4").tobytes()


def _matrix(values: _Floats) -> bytes:
    """As Kaldi's compressed matrix of two bytes a value: half the size, and no word is recognised otherwise."""
    low, high = float(values.min()), float(values.max())
    codes = np.rint((values - low) / (high - low) * 65_535).astype("<u2")
    return b"CM2 " + struct.pack("<ffii", low, high - low, *values.shape) + bytes(codes.tobytes())


def acoustic_model(trained: Trained, phones: Phones, noise_bonus: float) -> bytes:
    """am/final.mdl; `noise_bonus` raises the score of what is no known word."""
    return b"\0B" + _transitions(phones) + _network(trained, noise_bonus)


def _transitions(phones: Phones) -> bytes:
    """Every phone has one state, in which it stays or which it leaves, each with even chance."""
    numbers = range(1, phones.count + 1)
    topology = _token("<Topology>") + _ints(list(numbers)) + _ints([-1] + [0] * phones.count)
    topology += _int(1) + _int(2)  # one topology of two states
    topology += _int(0) + _int(2) + _int(0) + _float(0.5) + _int(1) + _float(0.5)
    topology += _int(-1) + _int(0) + _token("</Topology>")  # the second is the end
    triples = _token("<Triples>") + _int(phones.count)
    triples += b"".join(_int(number) + _int(0) + _int(phones.score(number)) for number in numbers) + _token(
        "</Triples>"
    )
    chances = _token("<LogProbs>") + _vector([0.0] + [log(0.5)] * (2 * phones.count)) + _token("</LogProbs>")
    return _token("<TransitionModel>") + topology + triples + chances + _token("</TransitionModel>")


def _network(trained: Trained, noise_bonus: float) -> bytes:
    """Normalisations and how often each phone is heard are folded into the affine layers."""
    network = trained.network
    lines = [f"input-node name=input dim={len(network.mean)}"]
    components: list[tuple[str, bytes]] = []
    scale: _Floats = 1 / network.deviation
    shift: _Floats = -network.mean / network.deviation
    given = "input"
    for layer, (affine, norm) in enumerate(zip(network.affines, network.norms, strict=True)):
        offsets = [STRIDE * step for step in (-1, 0, 1)] if layer else list(range(-NEIGHBOURS, NEIGHBOURS + 1))
        seen = ", ".join(f"Offset({given}, {offset})" if offset else given for offset in offsets)
        lines.append(f"component-node name=affine{layer} component=affine{layer} input=Append({seen})")
        lines.append(f"component-node name=relu{layer} component=relu{layer} input=affine{layer}")
        weights = affine.weights.value
        times = len(weights) // len(scale)
        bias = affine.bias.value + np.tile(shift, times) @ weights
        components.append((f"affine{layer}", _affine((weights * np.tile(scale, times)[:, None]).T, bias)))
        components.append((f"relu{layer}", _relu(len(bias))))
        given, scale, shift = f"relu{layer}", norm.scale, norm.shift
    weights = network.last.weights.value
    scores: _Floats = network.last.bias.value + shift @ weights - np.log(trained.priors)
    scores[-1] += noise_bonus
    components.append(("scores", _affine((weights * scale[:, None]).T, scores)))
    lines += [
        f"component-node name=scores component=scores input={given}",
        "output-node name=output input=scores objective=linear",
    ]
    written = (
        _token("<Nnet3>")
        + b"\n"
        + "\n".join(lines).encode()
        + b"\n\n"
        + _token("<NumComponents>")
        + _int(len(components))
    )
    written += b"".join(_token("<ComponentName>") + _token(name) + content for name, content in components)
    written += _token("</Nnet3>") + _token("<LeftContext>") + _int(CONTEXT) + _token("<RightContext>") + _int(CONTEXT)
    return written + _token("<Priors>") + _vector([])


def _affine(weights: _Floats, bias: _Floats) -> bytes:
    inner = _token("<LinearParams>") + _matrix(weights) + _token("<BiasParams>") + _vector(bias)
    return _token("<FixedAffineComponent>") + inner + _token("</FixedAffineComponent>")


def _relu(width: int) -> bytes:
    counts = _token("<ValueAvg>") + _vector([]) + _token("<DerivAvg>") + _vector([]) + _token("<Count>") + _double(0.0)
    return (
        _token("<RectifiedLinearComponent>")
        + _token("<Dim>")
        + _int(width)
        + counts
        + _token("</RectifiedLinearComponent>")
    )


def automaton(made: Automaton, words: Sequence[str] = ()) -> bytes:
    """An OpenFst file; `words`, where given, are its table of outputs."""
    arcs = sum(len(some) for some in made.arcs)
    head = struct.pack("<i", 2_125_659_606) + _text("vector") + _text("standard")
    # version 2; flag 2: has a table of outputs; properties 3: expanded and mutable
    head += struct.pack("<iiQqqq", 2, 2 if words else 0, 3, made.start, len(made.arcs), arcs)
    parts = [head, _table(words) if words else b""]
    for state, some in enumerate(made.arcs):
        parts.append(struct.pack("<fq", made.ends.get(state, inf), len(some)))
        parts.extend(struct.pack("<iifi", *arc) for arc in some)
    return b"".join(parts)


def _table(words: Sequence[str]) -> bytes:
    head = struct.pack("<i", 2_125_658_996) + _text("words") + struct.pack("<qq", len(words), len(words))
    return head + b"".join(_text(word) + struct.pack("<q", number) for number, word in enumerate(words))


def _text(text: str) -> bytes:
    content = text.encode()
    return struct.pack("<i", len(content)) + content
