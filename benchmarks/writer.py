"""Train the small networks that write text: of lesson 05, ``make writer``, and of the gate explorer, ``ARGS=--explorer``.

It learns to guess the next character of the prose in CPython's own documentation: the topics that Python's ``help``
shows, and the docstrings of the standard library, as they come with the Python that runs this. (Both © Python Software
Foundation, under its licence.) The weights go into ``gru_ref/weights/writer.npz`` or ``explorer.npz``, as 16-bit floats,
with a note of their training data. `gru_ref.text` reads them and checks the file's SHA-256: copy it there from this
script's output. The explorer's network has fewer units, in the order of how much they keep.
"""

import argparse
import ast
import hashlib
import json
import platform
import re
import sys
import sysconfig
import time
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np
import torch

WEIGHTS = Path(__file__).resolve().parents[1] / "gru_ref" / "weights"
UNITS, EXPLORER_UNITS = 176, 64
ROWS, CHUNK, STEPS, LEARNING_RATE, SEED = 32, 96, 12000, 4e-3, 0
NAMES = {"W": "weight", "b": "bias"}
CHARACTERS = "\n !'(),-./0123456789:;?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "“": "'", "”": "'", '"': "'", "`": "'", "–": "-", "—": "-", "…": "...", "*": ""}
)
HELD_OUT = 20  # every 20th paragraph is for testing
NOT_PROSE = {
    "test",
    "tests",
    "idlelib",
    "lib2to3",
    "turtledemo",
    "site-packages",
    "__pycache__",
    "pydoc_data",
    "ensurepip",
}


def paragraphs():
    """The paragraphs of prose in the documentation, each once, in an order that does not depend on the file system."""
    library = Path(sysconfig.get_path("stdlib"))
    files = sorted(p for p in library.rglob("*.py") if not NOT_PROSE & set(p.relative_to(library).parts))
    texts = [topics[name] for name in sorted(topics)] + [text for path in files for text in docstrings(path)]
    found = dict.fromkeys(p for text in texts for p in map(tidy, re.split(r"\n\s*\n", text)) if is_prose(p))
    return list(found)


def docstrings(path):
    """The docstrings of a file of Python, in their order."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            text = ast.get_docstring(node)
            if text:
                yield text


def tidy(paragraph):
    """A paragraph in one line of plain characters; other characters become a question mark, which marks it as no prose."""
    return " ".join(paragraph.translate(PLAIN).split())


def is_prose(paragraph):
    """Whether it is made of whole sentences, and of the network's characters."""
    words = re.findall(r"(?<![\w.])[A-Za-z]?[a-z']+(?![\w(.]\w)", paragraph)
    return (
        len(paragraph) > 60
        and set(paragraph) <= set(CHARACTERS)
        and re.match(r"[A-Z]", paragraph)
        and paragraph[-1] in ".:!"
        and sum(map(len, words)) + len(words) > 0.85 * len(paragraph)
    )


def encode(texts):
    """The numbers of all characters, with a newline after each paragraph."""
    number = {c: k for k, c in enumerate(CHARACTERS)}
    return torch.tensor([number[c] for c in "".join(t + "\n" for t in texts)])


class Recurrent(torch.nn.Module):
    """One-hot characters, a GRU, and a score for each character that may come next."""

    def __init__(self, units=UNITS):
        super().__init__()
        self.gru = torch.nn.GRU(len(CHARACTERS), units)
        self.scores = torch.nn.Linear(units, len(CHARACTERS))

    def forward(self, ids, h):
        states, h = self.gru(torch.nn.functional.one_hot(ids, len(CHARACTERS)).float(), h)
        return self.scores(states), h


def bits_per_character(model, ids):
    """The mean of −log₂ of the probability that the model gives to each character of a text."""
    with torch.no_grad():
        scores, _ = model(ids[:-1, None], None)
    return float(torch.nn.functional.cross_entropy(scores[:, 0], ids[1:]) / np.log(2))


def train(ids, steps, units=UNITS):
    """Train a Recurrent, the learning rate rising for 100 steps and then falling to nothing."""
    torch.manual_seed(SEED)
    model = Recurrent(units)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    columns = ids[: len(ids) // ROWS * ROWS].reshape(ROWS, -1).T  # each row of the batch reads a stretch of its own
    h, at, start = None, 0, time.process_time()
    for step in range(1, steps + 1):
        if at + CHUNK + 1 > len(columns):
            h, at = None, int(torch.randint(CHUNK, ()))
        optimiser.param_groups[0]["lr"] = LEARNING_RATE * min(1, step / 100) * (1 - step / steps)
        scores, h = model(columns[at : at + CHUNK], h)
        loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), columns[at + 1 : at + CHUNK + 1].flatten())
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        h, at = h.detach(), at + CHUNK
        if step % 100 == 0:
            seconds = time.process_time() - start
            print(f"{step:6} of {steps} steps, {loss.item() / np.log(2):.3f} bits, {seconds:.0f} s", flush=True)
    return model


def mean_keep(model, ids):
    """The update gate of each unit, on average over a text, from the states: the gate itself stays inside `torch.nn.GRU`."""
    H = model.gru.hidden_size
    with torch.no_grad():
        xs = torch.nn.functional.one_hot(ids, len(CHARACTERS)).float()
        hs = torch.cat([torch.zeros(1, H), model.gru(xs[:, None])[0][:-1, 0]])
        z = slice(H, 2 * H)
        read = xs @ model.gru.weight_ih_l0[z].T + model.gru.bias_ih_l0[z]
        return torch.sigmoid(read + hs @ model.gru.weight_hh_l0[z].T + model.gru.bias_hh_l0[z]).mean(0)


def by_memory(model, ids):
    """Renumber the units in place: unit 0 keeps the most of its state, on average over a text. Nothing else changes."""
    order = mean_keep(model, ids).argsort(descending=True)
    H = len(order)
    with torch.no_grad():
        for parameter in model.gru.parameters():
            parameter.copy_(parameter.reshape(3, H, -1)[:, order].reshape(parameter.shape))
        states = model.gru.weight_hh_l0
        states.copy_(states[:, order])
        model.scores.weight.copy_(model.scores.weight[:, order])


def store(model, path, **note):
    """Write a Recurrent as `gru_ref.text` reads it, in 16-bit floats; the model is rounded to them as well."""
    arrays, H = {}, model.gru.hidden_size
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())
    for kind, parameter in zip(("W_i", "W_h", "b_i", "b_h"), model.gru.parameters(), strict=True):
        for gate, part in zip("rzn", parameter.detach().numpy().astype(np.float16).reshape(3, H, -1), strict=True):
            arrays[kind + gate] = part.squeeze() if kind[0] == "b" else part
    arrays |= {name: getattr(model.scores, of).detach().numpy().astype(np.float16) for name, of in NAMES.items()}
    np.savez_compressed(path, characters=CHARACTERS, note=json.dumps(note), **arrays)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=STEPS, help="steps of training")
    parser.add_argument(
        "--explorer", action="store_true", help=f"the gate explorer's network, of {EXPLORER_UNITS} units"
    )
    parser.add_argument("--out", type=Path, help="where to write, in place of gru_ref/weights/")
    options = parser.parse_args()
    out = options.out or WEIGHTS / ("explorer.npz" if options.explorer else "writer.npz")
    torch.set_num_threads(1)
    texts = paragraphs()
    learned = encode([t for k, t in enumerate(texts) if k % HELD_OUT])
    tested = encode(texts[::HELD_OUT])
    print(f"{len(texts)} paragraphs: {len(learned):,} characters to learn from, {len(tested):,} to test on", flush=True)
    model = train(learned, options.steps, EXPLORER_UNITS if options.explorer else UNITS)
    if options.explorer:
        by_memory(model, tested)
    note = {
        "text": "prose of CPython's help topics and docstrings, © Python Software Foundation, PSF licence",
        "text_sha256": hashlib.sha256("\n".join(texts).encode()).hexdigest(),
        "characters_read": len(learned),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "steps": options.steps,
    }
    store(model, out, **note)  # rounds the model, and the next line measures it as it is stored
    store(model, out, **note, bits_per_character=round(bits_per_character(model, tested), 3))
    print("sha256", hashlib.sha256(out.read_bytes()).hexdigest(), f"{out.stat().st_size:,} bytes")


if __name__ == "__main__":
    sys.exit(main())
