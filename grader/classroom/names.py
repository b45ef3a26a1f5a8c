"""Names from outside, made safe for a folder or a file on any system."""

import itertools
import re
import unicodedata

MOST_BYTES = 120  # of one name; file systems allow 255, and we add a prefix and a suffix
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?")  # on Windows, with any ending
_JOINERS = "\u200c\u200d"  # some scripts, and emoji, need them


def safe_name(name, most=MOST_BYTES):
    """A name that can be a folder's or a file's: readable, in Unicode's form NFC, at most `most` bytes.

    It has no separators of folders, no control characters and no surrogates; it does not begin with a dot or end with a
    dot or blank, and Windows does not reserve it. If it is cut, the ending stays.
    """
    name = unicodedata.normalize("NFC", name)
    name = "".join("_" if c in '/\\:*?"<>|' or not is_plain(c) else c for c in name)
    name = name.strip().lstrip(".").rstrip(". ")
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    if len(name.encode()) > most:
        stem, dot, ending = name.rpartition(".")
        if not stem or len(ending.encode()) > 20:
            stem, dot, ending = name, "", ""
        name = cut(stem, most - len((dot + ending).encode())) + dot + ending
    return name.strip() or "_"


def is_plain(text):
    """Whether a text has only printable characters: no control characters, no surrogates."""
    return not any(unicodedata.category(c).startswith("C") and c not in _JOINERS for c in text)


def cut(text, most):
    """The beginning of a text, at most so many bytes, without a split character."""
    return text.encode()[:most].decode("utf-8", "ignore").rstrip(". ")


def folded(name):
    """A form that is equal for two names that some disk treats as one: macOS and Windows ignore case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", name).casefold()).rstrip(". ")


def unique(name, taken, more=""):
    """The name, if necessary with an addition that is not in `taken` (folded names): ``"Bob (66)"``, ``"Bob (2)"``."""
    stem, dot, ending = name.rpartition(".")
    if not stem or not re.fullmatch(r"\w{1,10}", ending):
        stem, dot, ending = name, "", ""
    tails = (f" ({what}){dot}{ending}" for what in itertools.chain([more] if more else [], itertools.count(2)))
    wishes = itertools.chain([name], (cut(stem, MOST_BYTES - len(tail.encode())) + tail for tail in tails))
    return next(wish for wish in wishes if folded(wish) not in taken)
