"""New inputs for every submission, from the class's secret key: a mark can be reproduced, but not predicted."""

import hashlib
import hmac
import re
import secrets

from grader.base.errors import ClassError
from grader.base.files import write_atomically

KEY_BYTES = 32


class CourseKey:
    """A class's secret: whoever knows it can predict the inputs of every check.

    Parameters
    ----------
    secret : bytes
    """

    def __init__(self, secret):
        self._secret = secret

    @property
    def fingerprint(self):
        """Identifies this key without revealing it."""
        return hashlib.sha256(b"gru-course key" + self._secret).hexdigest()[:16]

    def run_key(self, student, lesson, digest, run):
        """The root of all seeds of one grading: bytes.

        Parameters
        ----------
        student, lesson : str
        digest : str, the submission's
        run : int, the number of this grading of the student's lesson
        """
        return hmac.digest(self._secret, _joined(student, lesson, digest, str(run)), "sha256")

    def pseudonym(self, *words):
        """What stands for these words, str each, where they must not be known: 32 hexadecimal digits."""
        return hmac.digest(self._secret, b"pseudonym" + _joined(*words), "sha256").hex()[:32]


def course_key(folder):
    """The key of a class, made on first use and never replaced.

    Parameters
    ----------
    folder : ClassFolder, locked

    Raises
    ------
    ClassError
        If the key cannot be read, or is not the one that the journal's marks were made with.
    """
    path = folder.key
    used = folder.journal.latest("key").get((), {}).get("fingerprint")
    if not path.exists():
        if used:
            raise ClassError(
                f"{path} is missing, but marks were made with the key {used}: put it back from a copy. If it is lost, "
                f"move {folder.journal.path.name} away: everything is then graded again"
            )
        write_atomically(path, secrets.token_hex(KEY_BYTES) + "\n", mode=0o600)
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as e:
        raise ClassError(f"{path} cannot be read ({e}): it should hold the class's key") from None
    if not re.fullmatch(rf"[0-9a-f]{{{2 * KEY_BYTES}}}", text):
        raise ClassError(
            f"{path} is not a key: it should hold {2 * KEY_BYTES} hexadecimal digits. Put it back from a copy"
        )
    key = CourseKey(bytes.fromhex(text))
    if used is None:
        folder.journal.append("key", fingerprint=key.fingerprint)
    elif used != key.fingerprint:
        raise ClassError(
            f"{path} is a different key ({key.fingerprint}) from the one that marks were made with ({used}): put that one back"
        )
    return key


def _joined(*words):
    """Words as bytes, so that no two lists of words give the same."""
    return b"".join(len(word).to_bytes(4, "big") + word for word in map(_bytes, words))


def _bytes(text):
    return text.encode("utf-8", "surrogateescape")
