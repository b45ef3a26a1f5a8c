"""The formgrader's pages without names: only these are served, and nothing of them says whose a submission is.

nbgrader's own pages send the names along even where they hide them, and JupyterLab shows the folders. So this server answers
nothing but what is listed in `rules`.
"""

import functools
import json
from pathlib import Path

import jinja2
import nbformat
from nbgrader.server_extensions.formgrader import handlers
from nbgrader.server_extensions.formgrader.apihandlers import StatusHandler
from nbgrader.server_extensions.formgrader.base import BaseApiHandler, BaseHandler, check_xsrf
from tornado import web

from grader.base import theme
from grader.base.errors import CourseError
from grader.classroom.marking.hiding import Hiding
from grader.classroom.marking.sheets import STATES
from grader.classroom.rendering import harmless_text
from grader.notebook.reading import grade_id

PICTURES = (".png", ".jpg", ".jpeg", ".gif")
SHEETS = "gru_marking_sheets"  # among the server's settings
_ELSE = (
    r"/(?!(?:formgrader|login|logout)(?:[/?]|$)|static/|api/?$|$).*"  # all that is neither ours nor needed to get here
)


class _Refused(web.HTTPError):
    """An error whose message is for whoever marks."""

    def __init__(self, status, message):
        super().__init__(status)
        self.message = message

    def __str__(self):
        return self.message


class _Marking(BaseHandler):
    """What the pages have in common."""

    @property
    def sheets(self):
        return self.settings[SHEETS]

    def show(self, name, **values):
        template = _environment().get_template(name)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish(template.render(base_url=self.base_url, marker=self.sheets.marker, **values))

    def sheet(self, entry):
        found = self.sheets.of(entry=entry)
        if not found:
            raise web.HTTPError(404)
        return found[0]

    def write_error(self, status_code, **kwargs):
        """An error without its cause, which could name a folder."""
        error = kwargs.get("exc_info", (None, None))[1]
        told = str(error) if isinstance(error, _Refused) else ""
        if isinstance(self, BaseApiHandler):
            self.set_header("Content-Type", "application/json")
            self.finish(json.dumps({"message": told}))
        else:
            self.show("missing.html.jinja", status=status_code, told=told, page_style=theme.page_style())


class ListPage(_Marking):
    """All lessons' submissions, or one lesson's, by their codes."""

    @web.authenticated
    @check_xsrf
    def get(self, lesson=None, notebook=None):
        sheets = self.sheets.listed(lesson)
        if lesson and not sheets and not self.sheets.of(lesson):
            raise web.HTTPError(404)
        lessons = {}
        for sheet in sheets:
            lessons.setdefault(sheet.lesson, []).append(sheet)
        self.show(
            "list.html.jinja", lessons=lessons, states=STATES, differing=self.sheets.differing, one=lesson,
            page_style=theme.page_style(),
        )  # fmt: skip


class SheetPage(_Marking):
    """One submission, to be marked."""

    @web.authenticated
    @check_xsrf
    def get(self, entry):
        sheet = self.sheet(entry)
        if not self.request.path.endswith("/"):
            query = f"?{self.request.query}" if self.request.query else ""
            return self.redirect(f"{self.request.path}/{query}")
        folder = self.sheets.folder
        path = folder.autograded(sheet.student, sheet.lesson) / f"{sheet.lesson}.ipynb"
        try:
            notebook = nbformat.read(path, as_version=4)
        except FileNotFoundError:
            raise _Refused(404, "Its notebook is no longer in autograded/: grade the class again.") from None
        hiding = Hiding(self._names(sheet.student))
        hiding.notebook(notebook, _taught(folder, sheet.lesson))
        questions = {shown.answer.question for shown in sheet.answers}
        for cell in notebook.cells:  # nbgrader's page has fields for points where this mark is
            if grade_id(cell) not in questions:
                cell.metadata.pop("nbgrader", None)
        order = [other.entry for other in self.sheets.listed(sheet.lesson)]
        resources = {
            "assignment_id": sheet.lesson, "notebook_id": sheet.lesson, "submission_id": entry, "base_url": self.base_url,
            "index": order.index(entry) if entry in order else 0, "total": max(len(order), 1), "is_listed": entry in order,
            "code": sheet.code, "marker": self.sheets.marker, "differing": self.sheets.differing,
            "covered": hiding.covered, "left": hiding.left,
            "others": [shown for shown in sheet.answers if shown.others],
        }  # fmt: skip
        html, _ = self.exporter.from_notebook_node(notebook, resources=resources)
        self.write(html)

    def _names(self, student):
        """All that the class knows a student by."""
        received = self.sheets.folder.journal.latest("received", "student", "lesson")
        known = [e for (who, _), e in received.items() if who == student]
        from_lms = [str(e[key]) for e in known for key in ("name", "number") if e.get(key)]
        return [student, *self.sheets.answers.names(student), *from_lms]


class Walk(_Marking):
    """To the next or previous submission; "incorrect" in nbgrader's addresses means one that waits here."""

    @web.authenticated
    @check_xsrf
    def get(self, entry, action):
        sheet = self.sheet(entry)
        listed = self.sheets.listed(sheet.lesson)
        if action.endswith("incorrect"):
            listed = [other for other in listed if other.has("open", "again")]
        if action.startswith("next"):
            further = [other for other in listed if other.place > sheet.place][:1]
        else:
            further = [other for other in listed if other.place < sheet.place][-1:]
        place = f"submissions/{further[0].entry}/" if further else f"gradebook/{sheet.lesson}"
        index = self.get_argument("index", default="")
        self.redirect(
            f"{self.base_url}/formgrader/{place}" + (f"?index={index}" if further and index.isdigit() else "")
        )


class _Given(_Marking, BaseApiHandler):
    """Points and comments, for nbgrader's page."""

    def json(self, value):
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(value))

    def body(self):
        found = self.get_json_body()
        if not isinstance(found, dict):
            raise _Refused(400, "This is not a JSON object.")
        return found

    def give(self, given):
        try:
            return given()
        except KeyError:
            raise web.HTTPError(404) from None
        except CourseError as e:
            raise _Refused(400, str(e)) from None


class Grades(_Given):
    @web.authenticated
    @check_xsrf
    def get(self):
        self.json([shown.as_grade() for shown in self.sheet(self.get_argument("submission_id")).answers])


class Comments(_Given):
    @web.authenticated
    @check_xsrf
    def get(self):
        self.json([shown.as_comment() for shown in self.sheet(self.get_argument("submission_id")).answers])


class Points(_Given):
    @web.authenticated
    @check_xsrf
    def put(self, grade):
        body = self.body()
        seen = str(body.get("seen", ""))
        self.json(self.give(lambda: self.sheets.give_points(grade, body.get("manual_score"), seen)).as_grade())


class Comment(_Given):
    @web.authenticated
    @check_xsrf
    def put(self, grade):
        comment = self.body().get("manual_comment")
        self.json(self.give(lambda: self.sheets.give_comment(grade, comment)).as_comment())


class Pictures(_Marking, handlers.SubmissionFilesHandler):
    """Pictures that were submitted beside the notebook; nothing else, so neither the notebook nor another's files."""

    def parse_url_path(self, url_path):
        entry, _, name = url_path.partition("/")
        sheet = self.sheet(entry)
        place = self.sheets.folder.autograded(sheet.student, sheet.lesson).resolve()
        path = (place / name).resolve()
        if not path.is_relative_to(place) or path.suffix.lower() not in PICTURES or not path.is_file():
            raise web.HTTPError(404)
        return str(path)


class Missing(_Marking):
    """Everything else."""

    def prepare(self):
        raise web.HTTPError(404)


def rules(base_url):
    """All that the server answers: tornado's rules, patterns with the base address in front."""
    found = [
        (r"/formgrader/?", ListPage),
        (r"/formgrader/gradebook/?", ListPage),
        (r"/formgrader/gradebook/([^/]+)/?", ListPage),
        (r"/formgrader/gradebook/([^/]+)/([^/]+)/?", ListPage),
        (r"/formgrader/submissions/components/(.*)", web.StaticFileHandler, {"path": handlers.components_path}),
        (r"/formgrader/submissions/([^/]+)/?", SheetPage),
        (r"/formgrader/submissions/([^/]+)/((?:next|prev)(?:_incorrect)?)/?", Walk),
        (r"/formgrader/submissions/(.*)", Pictures),
        (r"/formgrader/fonts/(.*)", web.StaticFileHandler, {"path": handlers.fonts_path}),
        (r"/formgrader/static/(.*)", web.StaticFileHandler, {"path": handlers.static_path}),
        (r"/formgrader/api/status", StatusHandler),
        (r"/formgrader/api/grades", Grades),
        (r"/formgrader/api/grade/([^/]+)", Points),
        (r"/formgrader/api/comments", Comments),
        (r"/formgrader/api/comment/([^/]+)", Comment),
        (r"/formgrader(?:/.*)?", Missing),
        (_ELSE, Missing),
    ]
    return [(base_url.rstrip("/") + pattern, *rest) for pattern, *rest in found]


def serve_only(webapp, guarded, sheets):
    """Make a server answer nothing but `rules`.

    Parameters
    ----------
    webapp : the server's tornado application
    guarded : makes a handler safe for what a submission holds
    sheets : Sheets
    """
    webapp.settings[SHEETS] = sheets
    made = [(pattern, guarded(handler), *rest) for pattern, handler, *rest in rules(webapp.settings["base_url"])]
    webapp.add_handlers(".*$", made)
    router = webapp.default_router
    router.rules.insert(0, router.rules.pop(-2))  # before what other extensions have added


@functools.cache
def _environment():
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined, finalize=harmless_text,
    )  # fmt: skip


def _taught(folder, lesson):
    """The sources of a lesson's own cells."""
    try:
        content = json.loads((folder.release / lesson / f"{lesson}.ipynb").read_bytes())
        return {"".join(cell["source"]) for cell in content["cells"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
