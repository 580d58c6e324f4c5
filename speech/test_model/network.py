"""A small time-delay network that tells the phone of a frame, and its training: numpy, minutes, no torch.

Each frame is seen with two neighbours on either side; three further layers each look 30 ms back and ahead, so that only
every third frame of a layer is needed for an output.  That is also how it is decoded (one output each 30 ms), and how
it is trained: the sound is cut into three interleaved streams.

    24 × 5 ─ affine, ReLU, norm ─ (-3, 0, 3) affine, ReLU, norm ─ the same ─ the same ─ affine ─ a score for each phone
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from speech.test_model.examples import Example
from speech.test_model.features import COEFFICIENTS

Array = npt.NDArray[np.float32]

NEIGHBOURS: Final = 2
STRIDE: Final = 3
LAYERS: Final = 4
# Frames that an output depends on, on each side.
CONTEXT: Final = NEIGHBOURS + STRIDE * (LAYERS - 1)
# Part of the frames of speech that are labelled as noise: what is then answered to a sound that is not known.
NOISE_PART: Final = 0.1
NOISE: Final = "SPN"

_OUTPUTS: Final = 30  # of one chunk: its context is then a fifth more
_CHUNKS: Final = 128  # of one step
_NORM_KEEPS: Final = 0.9
_EPSILON: Final = 1e-5
_OFFSET: Final = 0.1  # of each chunk's coefficients, drawn by lot: no two telephones are alike
_WARM: Final = 0.1  # part of the training in which the rate rises
_RATE: Final = 4e-3
_DECAY: Final = 1e-3


@dataclass(frozen=True)
class Size:
    """How wide, and how long it is trained."""

    width: int = 128
    epochs: int = 7


@dataclass
class Parameter:
    """Something that is learnt, with what AdamW remembers of it."""

    value: Array
    decays: bool = True
    gradient: Array = field(init=False)
    mean: Array = field(init=False)
    square: Array = field(init=False)

    def __post_init__(self) -> None:
        self.mean, self.square = np.zeros_like(self.value), np.zeros_like(self.value)

    def step(self, rate: float, turn: int) -> None:
        self.mean += np.float32(0.1) * (self.gradient - self.mean)
        self.square += np.float32(0.001) * (self.gradient**2 - self.square)
        size = np.sqrt(self.square / np.float32(1 - 0.999**turn)) + np.float32(1e-8)
        if self.decays:
            self.value *= np.float32(1 - rate * _DECAY)
        self.value -= np.float32(rate / (1 - 0.9**turn)) * self.mean / size


class Affine:
    """(rows, n) → (rows, m)."""

    def __init__(self, inputs: int, outputs: int, lot: np.random.Generator) -> None:
        bound = np.sqrt(1 / inputs)
        self.weights = Parameter(lot.uniform(-bound, bound, (inputs, outputs)).astype(np.float32))
        self.bias = Parameter(np.zeros(outputs, np.float32), decays=False)

    def forward(self, given: Array) -> Array:
        self._given = given
        scores: Array = given @ self.weights.value + self.bias.value
        return scores

    def backward(self, slope: Array) -> Array:
        self.weights.gradient = self._given.T @ slope
        self.bias.gradient = slope.sum(axis=0)
        return slope @ self.weights.value.T


class Norm:
    """ReLU, then each unit brought to mean 0 and variance 1 over the step; `scale` and `shift` say so for decoding."""

    def __init__(self, width: int) -> None:
        self.gain = Parameter(np.ones(width, np.float32), decays=False)
        self.lift = Parameter(np.zeros(width, np.float32), decays=False)
        self._mean, self._variance = np.zeros(width, np.float32), np.ones(width, np.float32)

    @property
    def scale(self) -> Array:
        scale: Array = self.gain.value / np.sqrt(self._variance + np.float32(_EPSILON))
        return scale

    @property
    def shift(self) -> Array:
        shift: Array = self.lift.value - self._mean * self.scale
        return shift

    def forward(self, given: Array) -> Array:
        active = np.maximum(given, 0, out=given)
        mean, variance = active.mean(axis=0), active.var(axis=0)
        self._mean += np.float32(1 - _NORM_KEEPS) * (mean - self._mean)
        self._variance += np.float32(1 - _NORM_KEEPS) * (variance - self._variance)
        self._open = active > 0
        self._spread = np.float32(1) / np.sqrt(variance + np.float32(_EPSILON))
        self._normal = (active - mean) * self._spread
        normed: Array = self._normal * self.gain.value + self.lift.value
        return normed

    def backward(self, slope: Array) -> Array:
        rows = np.float32(len(slope))
        self.lift.gradient = slope.sum(axis=0)
        self.gain.gradient = np.einsum("ij,ij->j", slope, self._normal)
        through = slope - (self.lift.gradient + self._normal * self.gain.gradient) / rows
        back: Array = through * (self.gain.value * self._spread) * self._open
        return back


class Network:
    """Knows `phones`; features are brought to mean 0 and deviation 1 by `mean` and `deviation`."""

    def __init__(
        self, phones: Sequence[str], width: int, mean: Array, deviation: Array, lot: np.random.Generator
    ) -> None:
        self.phones = tuple(phones)
        self.mean, self.deviation = mean, deviation
        inputs = [COEFFICIENTS * (2 * NEIGHBOURS + 1)] + [3 * width] * (LAYERS - 1)
        self.affines = [Affine(count, width, lot) for count in inputs]
        self.norms = [Norm(width) for _ in inputs]
        self.last = Affine(width, len(phones), lot)

    @property
    def parameters(self) -> list[Parameter]:
        affines = [*self.affines, self.last]
        learnt = [part for affine in affines for part in (affine.weights, affine.bias)]
        return learnt + [part for norm in self.norms for part in (norm.gain, norm.lift)]

    def forward(self, given: Array) -> Array:
        """(chunks, outputs + 6, 5 × COEFFICIENTS) → (chunks × outputs, phones), scores before softmax."""
        chunks, steps, _ = given.shape
        for layer, (affine, norm) in enumerate(zip(self.affines, self.norms, strict=True)):
            if layer:
                steps -= 2
                given = np.concatenate([given[:, :steps], given[:, 1 : 1 + steps], given[:, 2:]], axis=2)
            given = norm.forward(affine.forward(given.reshape(chunks * steps, -1))).reshape(chunks, steps, -1)
        return self.last.forward(given.reshape(chunks * steps, -1))

    def backward(self, slope: Array, chunks: int) -> None:
        slope = self.last.backward(slope)
        for layer in reversed(range(LAYERS)):
            slope = self.affines[layer].backward(self.norms[layer].backward(slope))
            if layer:
                before, here, after = np.split(slope.reshape(chunks, -1, slope.shape[1]), 3, axis=2)
                steps = here.shape[1]
                joined = np.zeros((chunks, steps + 2, here.shape[2]), np.float32)
                joined[:, :steps] += before
                joined[:, 1 : 1 + steps] += here
                joined[:, 2:] += after
                slope = joined.reshape(chunks * (steps + 2), -1)


@dataclass(frozen=True)
class Trained:
    """The network and how often each phone was heard, as parts of 1 (noise included)."""

    network: Network
    priors: Array
    accuracy: float


def train(heard: Sequence[Example], size: Size, seed: int, tell: Callable[[str], None]) -> Trained:
    """A network for the phones of `heard`.  Frame cross-entropy, AdamW, a rate that rises and falls once."""
    lot = np.random.default_rng(seed)
    names = sorted({phone for one in heard for phone in one.phones} - {"SIL"})
    phones = ["SIL", *names, NOISE]
    place = {phone: index for index, phone in enumerate(phones)}
    features = np.concatenate([one.features for one in heard])
    labels = np.array([place[phone] for one in heard for phone in one.phones])
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    stream = np.pad((features - mean) / deviation, ((CONTEXT, CONTEXT + STRIDE * _OUTPUTS), (0, 0)), mode="edge")
    network = Network(phones, size.width, mean, deviation, lot)
    starts = np.arange(0, len(labels) - STRIDE * _OUTPUTS, STRIDE * _OUTPUTS)
    starts = (starts[:, None] + np.arange(STRIDE)).reshape(-1)
    turns = size.epochs * (len(starts) // _CHUNKS)
    turn, right = 0, 0.0
    for epoch in range(size.epochs):
        order, losses, rights = lot.permutation(starts), [], []
        for first in range(0, len(order) - _CHUNKS + 1, _CHUNKS):
            turn += 1
            given, wanted = _chunks(stream, labels, order[first : first + _CHUNKS], lot)
            loss, right = _learn(network, given, wanted, _rate(turn / turns), turn)
            losses.append(loss)
            rights.append(right)
        right = float(np.mean(rights))
        tell(f"  passe {epoch + 1}/{size.epochs} : entropie {np.mean(losses):.3f}, trames justes {right:.1%}")
    return Trained(network, _priors(labels, len(phones)), right)


def _chunks(
    stream: Array, labels: npt.NDArray[np.int64], at: npt.NDArray[np.int64], lot: np.random.Generator
) -> tuple[Array, npt.NDArray[np.int64]]:
    """What the network sees from the frames `at` on, and what it should say."""
    steps = STRIDE * np.arange(_OUTPUTS + 2 * (LAYERS - 1))
    frames = at[:, None, None] + steps[:, None] + np.arange(2 * NEIGHBOURS + 1)
    given = stream[frames]  # the stream is padded by CONTEXT: its frame 0 is the first that frame 0 depends on
    given += _OFFSET * lot.standard_normal((len(at), 1, 1, COEFFICIENTS), dtype=np.float32)
    wanted = labels[at[:, None] + STRIDE * np.arange(_OUTPUTS)].reshape(-1)
    noise = (wanted != 0) & (lot.random(wanted.size) < NOISE_PART)
    return given.reshape(len(at), len(steps), -1), np.where(noise, -1, wanted)


def _learn(
    network: Network, given: Array, wanted: npt.NDArray[np.int64], rate: float, turn: int
) -> tuple[float, float]:
    """One step; the loss and the part of frames that were right before it."""
    scores = network.forward(given)
    rows = np.arange(len(wanted))
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    loss = -float(np.log(odds[rows, wanted] + 1e-12).mean())
    right = float((odds.argmax(axis=1) == wanted % len(network.phones)).mean())
    odds[rows, wanted] -= 1
    network.backward(odds / np.float32(len(wanted)), len(given))
    for parameter in network.parameters:
        parameter.step(rate, turn)
    return loss, right


def _rate(done: float) -> float:
    """One cycle: a rise, then down a half cosine."""
    if done < _WARM:
        return _RATE * (0.04 + 0.96 * done / _WARM)
    return _RATE * float(0.5 + 0.5 * np.cos(np.pi * (done - _WARM) / (1 - _WARM)))


def _priors(labels: npt.NDArray[np.int64], count: int) -> Array:
    heard = np.bincount(labels, minlength=count).astype(np.float64)
    heard[-1] = NOISE_PART * heard[1:-1].sum()
    heard[1:-1] *= 1 - NOISE_PART
    priors: Array = (heard / heard.sum()).astype(np.float32)
    return priors
