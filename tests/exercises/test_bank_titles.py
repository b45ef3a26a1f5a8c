"""What a mistake's title or advice says about its code is so in its code: texts of two mistakes that were swapped show here."""

import re

from grader.exercises import bank

MISTAKES = [
    mistake for lesson in bank().values() for exercise in lesson.values() for mistake in exercise.mistakes.values()
]
# "1 − r is used instead of r": symbols alone, for "the variance" may be written in many ways.
USED = re.compile(r"((?:tanh|σ|b_\w+|\b[a-z]\b|[\d\s.()²−+@*`])+) is used (?:in the last line )?instead of ")
MISSING = re.compile(r"(?:The bias )?`?(b_\w+)`? is missing")
GIVES = re.compile(r"(?:This is what|what you get with) `([^`=]+|[^`]+ <= [^`]+)`")


def as_python(text):
    """Code or a formula, such that equal ones are equal texts: without spaces, brackets, and where a name comes from."""
    text = text.translate(str.maketrans({"−": "-", "σ": "sigmoid", "²": "**2", "`": ""}))
    return re.sub(r"[\s()]|\b(?:gru_ref|np|p)\.", "", text)


def said(mistake):
    """What is said about its code: pairs of a text, and whether that should stand in it."""
    found = [(m[1], True) for m in (USED.match(mistake.name), GIVES.search(mistake.advice)) if m]
    return found + ([(m[1], False)] if (m := MISSING.match(mistake.name)) else [])


def body(mistake):
    """Its code as `as_python` has it, without the line of `def`: a bias that is not used is still an argument."""
    return as_python(re.sub(r"^def .*$", "", mistake.source, flags=re.M))


def contradicted(mistakes):
    """(exercise, key, text) of what is said and not so."""
    return [
        (mistake.exercise, mistake.key, text)
        for mistake in mistakes
        for text, stands in said(mistake)
        if (as_python(text) in body(mistake)) != stands
    ]


def test_the_code_that_a_text_names_stands_in_the_mistake():
    assert contradicted(MISTAKES) == []


def test_many_texts_name_code():
    assert sum(len(said(mistake)) for mistake in MISTAKES) > 40
