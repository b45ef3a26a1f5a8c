"""Hide the author's name in what they submitted, as far as a program can.

Whole names, addresses and numbers are covered. A single word of a name may be an ordinary word, as Gates or Max are, so it is
only counted. Nobody can find a name in a picture, or one that only the author goes by: the page says that.
"""

import re
import unicodedata

COVER = "█████"  # of one length: it does not tell the name's
_BETWEEN = r"[\s_.,;+-]{0,3}"
_NO_LETTER = r"[^\W_]"


class Hiding:
    """Covers one author's names.

    Parameters
    ----------
    names : texts that the class knows the author by: names, addresses, numbers
    """

    def __init__(self, names):
        names = {re.sub(r" \(\w+\)$", "", unicodedata.normalize("NFC", name)).strip() for name in names if name}
        whole = sorted(filter(_is_telling, names), key=len, reverse=True)
        patterns = [_BETWEEN.join(map(re.escape, _words(name))) for name in whole]
        self._whole = _pattern(patterns, re.IGNORECASE)
        parts = {word for name in names for word in _words(_plain(name)) if len(word) > 2 and word.isalpha()}
        self._parts = _pattern(sorted(map(re.escape, parts), key=len, reverse=True), 0)
        self.covered, self.left = 0, 0

    def notebook(self, notebook, taught):
        """Cover the names in a notebook, in place, and count them: `covered`, and `left`, single words that stay.

        Parameters
        ----------
        notebook : NotebookNode
        taught : set of str, sources of the lesson's own cells, in which a word of a name means nothing
        """
        for cell in notebook.cells:
            is_theirs = cell.source not in taught
            cell.source = self._text(cell.source, is_theirs)
            for output in cell.get("outputs", ()):
                if "text" in output:
                    output.text = self._text(_joined(output.text), is_theirs)
                if "traceback" in output:
                    output.traceback = [self._text(line, is_theirs) for line in map(str, output.traceback)]
                for kind in ("text/plain", "text/html", "text/markdown", "text/latex"):
                    if kind in output.get("data", {}):
                        output.data[kind] = self._text(_joined(output.data[kind]), is_theirs)

    def _text(self, text, is_theirs):
        if self._whole:
            text, count = self._whole.subn(COVER, unicodedata.normalize("NFC", text))
            self.covered += count
        if self._parts and is_theirs:
            self.left += len(self._parts.findall(_plain(text)))
        return text


def _words(name):
    return re.findall(r"[^\W_]+", name) if "@" not in name else [name]


def _is_telling(name):
    """Whether a text stands for nobody but its owner: an address, two words of a name, or a word with a long number."""
    words = _words(name)
    return "@" in name[1:-1] or (len(words) > 1 and sum(map(len, words)) > 4) or len(re.findall(r"\d", name)) > 4


def _plain(text):
    """Without accents, which a student may leave out."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _pattern(alternatives, flags):
    joined = "|".join(alternatives)
    return re.compile(f"(?<!{_NO_LETTER})(?:{joined})(?!{_NO_LETTER})", flags) if alternatives else None


def _joined(text):
    return text if isinstance(text, str) else "".join(map(str, text))
