"""Which line of an LMS's file belongs to which student: only where it is certain."""

import collections
import re
import unicodedata
from dataclasses import dataclass


class Keys:
    """What identifies the student of a line.

    Parameters
    ----------
    identifiers : texts of which one alone identifies the student: numbers, logins, addresses
    names : the student's name, as the LMS may write it; the first one is shown in messages
    names_with_number : if given, a number counts only together with one of these names, because the LMS may give a team
        the number of another student
    numbers : the identifiers that the LMS itself assigned, all of them by default: a university's own number may be
        another student's number in the LMS
    """

    def __init__(self, identifiers, names, names_with_number=None, numbers=None):
        self.names_with_number = None if names_with_number is None else {_letters(text) for text in names_with_number}
        self.identifiers = {_key(text) for text in identifiers} - {""}
        self.numbers = self.identifiers if numbers is None else {_key(text) for text in numbers} - {""}
        self.names = {_words(text) for text in names} - {()}
        self.joined_names = {_letters(text) for text in names} - {""}
        self.shown = names[0]


@dataclass(frozen=True)
class _Student:
    """What we know about a student: their folder's name, the gradebook's Person or None, and their name in the LMS.

    `numbers` are those that an LMS gave; None if none did, and then the folder's name may hold one.
    """

    folder: str
    person: object
    name: str
    numbers: set | None


def match(keys, given):
    """The line of each student who has one for certain: by identifier first, then by number, then by name.

    Parameters
    ----------
    keys : list of Keys, one for each line
    given : ClassMarks

    Returns
    -------
    found : ``{student: index of the line}``
    """
    students = [_student(folder, given) for folder in given.students]
    found, free = {}, dict(enumerate(keys))
    for fits in (_fits_identifier, _fits_number, _fits_name, _fits_joined_name):
        claims = collections.defaultdict(list)
        for student in students:
            if student.folder not in found:
                lines = [i for i, key in free.items() if fits(student, key)]
                if len(lines) == 1:
                    claims[lines[0]].append(student.folder)
        for line, claimants in claims.items():
            if len(claimants) == 1:
                found[claimants[0]] = line
                del free[line]
    return found


def name_and_number(student):
    """The two parts of a folder's name as `intake` composes it: ``lovelaceada_12345``, ``Ada Lovelace (12345)``."""
    parts = re.fullmatch(r"(.+?)(?:_(\d+)| \((\d+)\))", student)
    return (parts[1], parts[2] or parts[3]) if parts else (student, "")


def _student(folder, given):
    numbers = {given.numbers[folder, lesson] for lesson in given.lessons if (folder, lesson) in given.numbers}
    name = given.called.get(folder) or name_and_number(folder)[0]
    return _Student(folder, given.people.get(folder), name, numbers or None)


def _fits_identifier(student, key):
    person = student.person
    known = (student.folder, person.lms_user_id, person.email) if person else (student.folder,)
    return bool({_key(text) for text in known} - {""} & key.identifiers)


def _fits_number(student, key):
    if key.names_with_number is not None and _letters(student.name) not in key.names_with_number:
        return False
    if student.numbers is None:
        return bool({name_and_number(student.folder)[1]} - {""} & key.identifiers)
    return bool(student.numbers - {""} & key.numbers)


def _fits_name(student, key):
    person = student.person
    known = {_words(student.name)} | ({_words(f"{person.first_name} {person.last_name}")} if person else set())
    return bool(known - {()} & key.names)


def _fits_joined_name(student, key):
    return _letters(student.name) in key.joined_names


def _key(text):
    return unicodedata.normalize("NFKC", text).casefold().strip().lstrip("'")


def _letters(text):
    """A name's letters and digits without accents and blanks: ``"Žák, Ève"`` gives ``"zakeve"``."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalnum())


def _words(text):
    """A name's words without accents, sorted: "Lovelace, Ada" and "Ada Lovelace" are the same."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return tuple(sorted(re.findall(r"[^\W_]+", plain)))
