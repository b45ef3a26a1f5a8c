"""Text to learn from: CPython's own documentation, or a reader's files; its paragraphs, characters and parts. Lesson 13.

The documentation comes with Python (``pydoc_data.topics``, what ``help("if")`` shows), © Python Software Foundation, PSF
licence. Its text differs between versions of Python, and between packagers of one version.
"""

import hashlib
import platform
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

TAUGHT_IN = {"*": None}  # text, and numbers for its characters

UNKNOWN = "□"  # stands for every character that the training text does not have
TESTED = {  # the text that the lesson's numbers were measured on
    "python": "3.11.7",
    "topics": 79,
    "characters": 465_126,
    "sha256": "71f2ff5d99bdc1f9c48c5c2353ad138201c5ca1c377e0226857ef8fa89b8bcee",
}
_TENTHS = 10
# Topics are of very unequal size. Of the first 400 numbers this is the one with which no topic dominates a held-out part
# (at most 35% of its characters). Nothing was trained or scored to choose it.
_SALT = 131
_HELD_OUT = {0: "test", 1: "validation"}  # by tenths of the hashes of titles; all others are for training


class Documents(NamedTuple):
    """Texts with titles, each a list of paragraphs, and where they come from.

    paragraphs: dict from a title to a list of str, each a paragraph in one line; source: str, a sentence to print;
    as_tested: bool, whether it is the very text that the lesson's numbers were measured on.
    """

    paragraphs: dict
    source: str
    as_tested: bool


class Corpus(NamedTuple):
    """Three texts that have no document in common: to learn from, to choose a model by, and to report once."""

    training: str
    validation: str
    test: str


class Characters(NamedTuple):
    """The characters of a text and their numbers: character k is ``symbols[k]``, and number 0 stands for all others."""

    symbols: str

    def ids(self, text):
        """The numbers of a text's characters, an (N,) array of integers; ValueError unless `text` is a str."""
        if not isinstance(text, str):
            raise ValueError(f"text is a {type(text).__name__}, but should be a str")
        number = {symbol: k for k, symbol in enumerate(self.symbols)}
        return np.array([number.get(character, 0) for character in text], int)

    def text(self, ids):
        """The text that numbers stand for; ValueError if one of them stands for no character."""
        ids = np.asarray(ids, int) if np.size(ids) else np.zeros(0, int)
        wrong = ids[(ids < 0) | (ids >= len(self.symbols))]
        if wrong.size:
            raise ValueError(
                f"ids holds {wrong[0]}, but a character's number should be from 0 to {len(self.symbols) - 1}"
            )
        return "".join(self.symbols[k] for k in ids)

    def __len__(self):
        return len(self.symbols)


def characters_of(text):
    """All characters of a text in their order, behind the one that stands for all others.

    Parameters
    ----------
    text : str, the *training* text: a character that only occurs in another one is unknown there, as it would be

    Returns
    -------
    characters : Characters

    Raises
    ------
    ValueError
        If the text is empty, or no str.
    """
    if not isinstance(text, str) or not text:
        raise ValueError(f"text is {text!r:.40}, but should be a str of at least one character")
    return Characters(UNKNOWN + "".join(sorted(set(text) - {UNKNOWN})))


def paragraphs_of(text):
    """The paragraphs of a text, each in one line with single spaces: what stands between blank lines."""
    found = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text))
    return [paragraph for paragraph in found if paragraph]


def documentation():
    """Read the documentation that came with this Python.

    Returns
    -------
    documents : Documents, one for each topic of ``help``. Its `source` says of which version of Python they are, and
        whether it is the text that the lesson's numbers were measured on. Another text is as good; its numbers differ.

    Raises
    ------
    ValueError
        If this Python came without its documentation: the message says what else can be read.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError as error:
        raise ValueError(
            "this Python came without pydoc_data.topics, its documentation. Install your system's complete Python "
            "(python.org's, conda's and most others have it), or read a text of your own: gru_ref.own_documents(path)"
        ) from error
    digest, size = _digest(topics), sum(map(len, topics.values())) + 2 * (len(topics) - 1)
    as_tested = digest == TESTED["sha256"]
    told = "the text that the lesson's numbers were measured on"
    if not as_tested:
        told = (
            f"not the text of Python {TESTED['python']} ({TESTED['topics']} topics, {TESTED['characters']:,} characters, SHA-256 "
            f"{TESTED['sha256'][:12]}…) that the lesson's numbers were measured on: expect similar numbers, not equal ones"
        )
    source = (
        f"Documentation of Python {platform.python_version()}: {len(topics)} topics, {size:,} characters, "
        f"SHA-256 {digest[:12]}…, {told}."
    )
    return Documents({title: paragraphs_of(topics[title]) for title in sorted(topics)}, source, as_tested)


def own_documents(path, paragraphs=20):
    """Read texts of your own.

    Parameters
    ----------
    path : a text file in UTF-8, or a folder with some (``*.txt``), each of which is a document
    paragraphs : int, a single file is cut into documents of so many paragraphs each, so that parts can be held out

    Returns
    -------
    documents : Documents

    Raises
    ------
    ValueError
        If there is no such file, it is not UTF-8, or there are fewer than three documents in it.
    """
    path = Path(path)
    files = sorted(path.glob("*.txt")) if path.is_dir() else [path]
    if not files or not all(file.is_file() for file in files):
        raise ValueError(f"{path} should be a text file, or a folder with some (*.txt), but there is none")
    found = {file.stem: paragraphs_of(_read(file)) for file in files}
    if len(found) == 1:
        (title, lines), *_ = found.items()
        found = {f"{title} {k}": lines[k : k + paragraphs] for k in range(0, len(lines), paragraphs)}
    found = {title: lines for title, lines in found.items() if lines}
    if len(found) < 3:
        raise ValueError(
            f"{path} makes {len(found)} documents, but it takes at least 3, for training, validation and test: give a "
            f"folder with more files, or a text of more than {2 * paragraphs} paragraphs, with blank lines between them"
        )
    size = sum(len(line) + 1 for lines in found.values() for line in lines)
    return Documents(found, f"{path}: {len(found)} documents, {size:,} characters.", False)


def without_repeats(documents):
    """The same documents, in which no paragraph stands twice: only where it comes first.

    Parameters
    ----------
    documents : Documents

    Returns
    -------
    documents : Documents; some may have become empty
    """
    seen = set()
    kept = {
        title: [line for line in lines if not (line in seen or seen.add(line))]
        for title, lines in documents.paragraphs.items()
    }
    return documents._replace(paragraphs=kept)


def part_of(title):
    """The part that a document belongs to by its title: "training", "validation" or "test"."""
    tenth = int(hashlib.sha256(f"{_SALT} {title}".encode()).hexdigest(), 16) % _TENTHS
    return _HELD_OUT.get(tenth, "training")


def split_by_document(documents):
    """Give each document as a whole to training (about 8 of 10), validation or test.

    Its title's hash decides, so that a document stays in its part whatever the others are.

    Parameters
    ----------
    documents : Documents

    Returns
    -------
    corpus : Corpus, whose texts have a paragraph in each line

    Raises
    ------
    ValueError
        If a part would be empty.
    """
    parts = {"training": [], "validation": [], "test": []}
    for title, lines in documents.paragraphs.items():
        parts[part_of(title)] += lines
    return _corpus(parts)


def split_by_paragraph(documents, rng):
    """Shuffle all paragraphs, and give 8 of 10 to training: only to show what is wrong with that.

    Parameters
    ----------
    documents : Documents
    rng : numpy.random.Generator

    Returns
    -------
    corpus : Corpus

    Raises
    ------
    ValueError
        If a part would be empty.
    """
    lines = [line for paragraphs in documents.paragraphs.values() for line in paragraphs]
    order = rng.permutation(len(lines))
    some = len(lines) // _TENTHS
    shares = {"test": order[:some], "validation": order[some : 2 * some], "training": order[2 * some :]}
    return _corpus({part: [lines[k] for k in chosen] for part, chosen in shares.items()})


def load_corpus(path=None):
    """The lesson's text, without repeats and split by document; or a reader's own, prepared alike.

    Parameters
    ----------
    path : as for `own_documents`; None for the documentation of Python

    Returns
    -------
    corpus : Corpus
    source : str, where the text is from, and whether the lesson's numbers were measured on it

    Raises
    ------
    ValueError
        As `documentation`, `own_documents` and `split_by_document`.
    """
    documents = documentation() if path is None else own_documents(path)
    return split_by_document(without_repeats(documents)), documents.source


def _corpus(parts):
    empty = [part for part, lines in parts.items() if not lines]
    if empty:
        raise ValueError(
            f"the {empty[0]} part is empty. About 1 of 10 documents goes to validation, and 1 of 10 to the test, so it takes "
            "some 40 of them: give more files, or cut one file into more by own_documents(path, paragraphs=5)"
        )
    return Corpus(**{part: "\n".join(lines) + "\n" for part, lines in parts.items()})


def _digest(topics):
    return hashlib.sha256("\n\n".join(topics[title] for title in sorted(topics)).encode()).hexdigest()


def _read(file):
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{file} is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}. Save it as UTF-8"
        ) from error
