"""Write the pages of feedback, many at once: to feedback/, and to the journal which of them are up to date."""

import secrets
from pathlib import Path

from grader.base.files import write_all_atomically, write_atomically
from grader.classroom.feedback import FeedbackPages
from grader.classroom.timestamps import TIMESTAMP, stamp
from grader.notebook.reading import marked_cells

SECRET = "submission_secret.txt"  # of nbgrader's exchange


class PageWriter:
    """Writes the pages of a class.

    Parameters
    ----------
    folder : ClassFolder, locked
    lessons : ``{name: Assignment}``
    """

    def __init__(self, folder, lessons):
        self.folder, self.lessons, self._pages = folder, lessons, FeedbackPages()
        self._settled = folder.journal.latest("settled", "student", "lesson")

    def write(self, graded):
        """Bring pages up to date: marks may have been given by hand, or the due time moved, since they were written.

        Parameters
        ----------
        graded : list of Graded

        Returns
        -------
        problems : list of Exception or None, why there is no page for each of them; the next run tries again
        """
        problems, pages, written = {}, {}, []
        for one in graded:
            if not self._is_current(one):
                try:
                    pages[self._path(one)] = self._page(one)
                except Exception as e:
                    problems[self._path(one)] = e
        problems |= write_all_atomically(pages)
        for one in graded:
            if (path := self._path(one)) in pages and path not in problems:
                try:
                    self._let_release(one, path)
                    written.append(one)
                except OSError as e:
                    problems[path] = e
        try:
            self.folder.journal.append_all("settled", [{**_named(one), **_current(one)} for one in written])
        except OSError as e:
            problems |= {self._path(one): e for one in written}
        return [problems.get(self._path(one)) for one in graded]

    def _is_current(self, one):
        before = self._settled.get(tuple(_named(one).values()), {})
        if one.notebook or any(before.get(name) != value for name, value in _current(one).items()):
            return False
        return self._path(one).exists()

    def _path(self, one):
        lesson = one.submission.lesson
        return self.folder.feedback(one.submission.student, lesson) / f"{lesson}.html"

    def _page(self, one):
        (student, lesson), notebook = _named(one).values(), one.notebook
        if notebook is None:
            executed = self.folder.autograded(student, lesson) / f"{lesson}.ipynb"
            notebook = marked_cells(executed.read_bytes())
        return self._pages.page(notebook, self.lessons[lesson], student, one.entry, one.mark, one.given, one.shown)

    def _let_release(self, graded, page):
        """Put next to a page of feedback the files by which nbgrader's exchange knows its owner, if it was submitted that way.

        nbgrader copies the page with its permissions to where its owner fetches it, so the page itself is readable by all;
        the umask closes its folder. A member of a team who has sent nothing gets a secret that nobody knows: without one,
        nbgrader would release nobody's pages, and with the sender's it would overwrite theirs.
        """
        submission = graded.sent or graded.submission
        secret = submission.files.get(Path(SECRET))
        if secret:
            text = secret.read_bytes() if graded.sent else secrets.token_hex(16).encode()
            write_atomically(page.with_name(SECRET), text)
            # nbgrader only logs the time, but releases nobody's page where one has none.
            time = stamp(submission.submitted) if submission.submitted else "unknown"
            write_atomically(page.with_name(TIMESTAMP), time)
            page.chmod(page.stat().st_mode | 0o044)


def _named(one):
    return {"student": one.submission.student, "lesson": one.submission.lesson}


def _current(one):
    """What a page depends on: if it changes, the page is written again."""
    return {"digest": one.entry["digest"], "run": one.entry["run"], "marks": one.mark.state}
