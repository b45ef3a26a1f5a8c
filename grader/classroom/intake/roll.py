"""The people of a class: who owns which folder, from one download to the next."""

import collections
import re
import unicodedata

from grader.classroom.names import folded, safe_name, unique


class Roll:
    """The folders of a class's students, and their owners according to the journal.

    Parameters
    ----------
    folder : ClassFolder
    """

    def __init__(self, folder):
        submitted = folder.submitted()
        self._taken = {folded(place.name) for place in submitted.iterdir()} if submitted.is_dir() else set()
        self._by_key = {}  # certain identity of a person: their folder
        self._by_name = collections.defaultdict(set)  # LMS's name: folders
        self._given = {}  # (folder, lesson): its owner in this download
        self._lessons = collections.defaultdict(set)  # folder: its lessons
        self._owners = collections.defaultdict(set)  # folder: its owners, as (LMS, name)
        for place in submitted.glob("*/*") if submitted.is_dir() else ():
            self._lessons[place.parent.name].add(place.name)
        for entry in folder.journal.entries("received"):
            self._remember(entry["student"], entry["lesson"], *_person(entry))

    def folder_of(self, person, lesson, namesakes):
        """The name of the folder for a person's submission: their own, or a new one; never another person's.

        Parameters
        ----------
        person : Person
        lesson : str
        namesakes : whether the download holds another person of the same name for this lesson
        """
        key, name = _key(person.lms, person.lasting, person.name, person.number, lesson), _nfc(person.name)
        found = self._by_key.get(key)
        if found is None and person.lms in ("folder", "people"):
            found = self._own(person, lesson, str if namesakes else _nfc)
        if found is None and not person.lasting and not namesakes:
            # The number differs from lesson to lesson; a name is enough if only one person has it.
            known = self._by_name[person.lms, name] | ({name} if self._is_by_hand(name) else set())
            known = {place for place in known if lesson not in self._lessons[place]} if len(known) == 1 else set()
            found = next(iter(known), None)
        if person.lms != "people" and self._given.get((found, lesson), key) != key:
            found = None  # in one download no two people share a folder, even if the journal suggests it
        if found is None:
            wish, number = safe_name(person.shown or person.name), safe_name(person.number, 40) if person.number else ""
            is_shared = namesakes and number not in wish
            found = unique(wish, self._taken | {folded(wish)} if is_shared else self._taken, number)
        self._given[found, lesson] = key
        self._remember(found, lesson, person.lms, person.lasting, person.name, person.number)
        return found

    def _own(self, person, lesson, form):
        """The folder with exactly the name that the instructor uses, unless it is another's, or an LMS put a submission there.

        It is another's if it got this name for somebody whose own name cannot be a folder's, or was taken. `form` normalises
        names before they are compared: macOS may pack a name in a different Unicode form.
        """
        name = form(person.shown)
        if name not in self._lessons or safe_name(name) != name:
            return None
        if any(lms in ("folder", "people") and form(owner) != form(person.name) for lms, owner in self._owners[name]):
            return None
        return name if person.lms == "people" or self._is_by_hand(name) or lesson not in self._lessons[name] else None

    def _is_by_hand(self, name):
        """Whether there is a folder of this name, and no LMS has put anything there."""
        return name in self._lessons and all(lms in ("folder", "people") for lms, _ in self._owners[name])

    def _remember(self, folder, lesson, lms, lasting, name, number):
        self._taken.add(folded(folder))
        self._lessons[folder].add(lesson)
        self._owners[folder].add((lms, name))
        self._by_key[_key(lms, lasting, name, number, lesson)] = folder
        if not lasting:
            self._by_name[lms, _nfc(name)].add(folder)


def _key(lms, lasting, name, number, lesson):
    """A person's certain identity: the number if it is permanent, or the name and the number in this lesson."""
    if lms == "brightspace":
        return lms, number, _nfc(name)
    if lms in ("folder", "people"):
        return "folder", name
    return (lms, number) if lasting and number else (lms, lesson, number, _nfc(name))


def _person(entry):
    """(lms, lasting, name, number) of a journal's entry; an older one does not name the LMS."""
    if "lms" in entry:
        return entry["lms"], entry["lasting"], entry["name"], entry["number"]
    student, number = entry["student"], entry.get("number") or ""
    if number and student.endswith(f"_{number}"):
        return "canvas", True, student.removesuffix(f"_{number}"), number
    if number:
        return "moodle", False, re.sub(rf" \({re.escape(number)}\)$", "", student), number
    return "folder", True, student, ""


def _nfc(name):
    return unicodedata.normalize("NFC", name)
