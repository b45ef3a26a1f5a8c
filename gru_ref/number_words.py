"""Numbers in words, French and English: the sentences that lesson 15 translates."""

import hashlib
import importlib.metadata
import re

from gru_ref.checks import check_integers

TAUGHT_IN = {"*": None}  # data

PACKAGE, TESTED = "num2words", "0.5.14"
LARGEST = 999_999
_SAMPLE = (*range(0, 101), 180, 200, 201, 999, 1000, 1001, 1100, 71_000, 80_000, 80_080, 200_000, 700_071, LARGEST)
_SHA256 = "4ef4ae10d7651c21b53f7dd50191d152ac27deeb289cfc2cae29806c7ce0e975"


def number_pairs(numbers, tested_only=True):
    """Numbers as pairs of sentences: in French, and in English.

    Parameters
    ----------
    numbers : (N,) array of integers from 0 to 999,999
    tested_only : bool; False accepts other words than those that the course was tested with

    Returns
    -------
    french, english : two lists of N sentences, each a list of words: 81 is ``["quatre", "vingt", "un"]`` and ``["eighty",
        "one"]``. Hyphens and commas are left out.

    Raises
    ------
    ModuleNotFoundError
        If the package num2words is not installed.
    ValueError
        If a number is out of range, or the package writes some of them otherwise than it was tested.

    Source: package num2words 0.5.14, LGPL, languages ``fr`` and ``en``. Its ``fr_BE`` and ``fr_CH`` are not used: they write
    "deux cents un", for instance.
    """
    check_integers("numbers", numbers, "N")
    outside = numbers[(numbers < 0) | (numbers > LARGEST)]
    if outside.size:
        raise ValueError(f"numbers holds {outside[0]}, but should hold integers from 0 to {LARGEST:,}")
    try:
        from num2words import num2words
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            f"the package {PACKAGE}, which writes numbers in words, is not installed: pip install {PACKAGE}=={TESTED}"
        ) from None

    def written(number, language):
        return re.findall(r"\w+", num2words(int(number), lang=language))

    if tested_only:
        said = " ".join(word for number in _SAMPLE for lang in ("fr", "en") for word in written(number, lang))
        if hashlib.sha256(said.encode()).hexdigest() != _SHA256:
            raise ValueError(
                f"{PACKAGE} {importlib.metadata.version(PACKAGE)} writes some numbers otherwise than version {TESTED}, which "
                f"was tested: pip install {PACKAGE}=={TESTED}; number_pairs(numbers, tested_only=False) takes them as they are"
            )
    return tuple([written(number, language) for number in numbers] for language in ("fr", "en"))
