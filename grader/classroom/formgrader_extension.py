"""nbgrader's formgrader as our own server extension: on its pages no code from a submission can run or call home.

``gru-course class panels instructor`` installs it instead of nbgrader's own. If both are on, this one answers.
"""

import re
from pathlib import Path

from jinja2 import FileSystemLoader
from jupyter_server.base.handlers import JupyterHandler
from nbgrader.server_extensions.formgrader import handlers
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from traitlets import Bool, Unicode

from grader.classroom.folder import ClassFolder
from grader.classroom.harmless import FILTERS, Harmless
from grader.classroom.marking import pages
from grader.classroom.marking.sheets import Sheets

TEMPLATES = Path(__file__).with_name("formgrader_templates")
# nbgrader's pages need their own inline scripts. Any other script that might run there could not send anything out.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; frame-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
FILES_POLICY = "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"


class Formgrader(FormgradeExtension):
    """The formgrader with escaped names, sanitized submissions and a Content-Security-Policy."""

    anonymous = Bool(False, help="Serve only pages that do not say whose a submission is.").tag(config=True)
    marker = Unicode("", help="Whose points and comments are given there; without it, the gradebook's.").tag(
        config=True
    )
    differences = Bool(False, help="Show there only submissions on which markers differ.").tag(config=True)

    def build_extra_config(self):
        extra = super().build_extra_config()
        extra.HTMLExporter.template_name = "gru_course_anonymous" if self.anonymous else "gru_course"
        extra.HTMLExporter.extra_template_paths = [handlers.template_path]
        extra.HTMLExporter.optimistic_validation = True  # once, not after every step
        extra.HTMLExporter.extra_template_basedirs = [handlers.template_path, str(TEMPLATES)]
        return extra

    def init_tornado_settings(self, webapp):
        super().init_tornado_settings(webapp)
        environment = webapp.settings["nbgrader_jinja2_env"]
        environment.loader, environment.autoescape = Templates(handlers.template_path), True
        exporter = webapp.settings["nbgrader_exporter"]
        exporter.register_preprocessor(Harmless, enabled=True)
        exporter.filters = {**exporter.filters, **FILTERS}
        for name, its_filter in FILTERS.items():
            exporter.register_filter(name, its_filter)

    def init_handlers(self, webapp):
        if self.anonymous:
            sheets = Sheets(ClassFolder(self.coursedir.root), self.marker or None, self.differences)
            pages.serve_only(webapp, _guarded, sheets)
        else:
            super().init_handlers(_Guarding(webapp))


def _load_jupyter_server_extension(server):
    formgrader = _formgrader(server)
    formgrader.init_tornado_settings(server.web_app)
    formgrader.init_handlers(server.web_app)  # extensions are loaded by name: ours come before nbgrader's


async def _start_jupyter_server_extension(server):
    """Restore our handlers' settings if nbgrader's own formgrader was loaded after ours."""
    _formgrader(server).init_tornado_settings(server.web_app)


def _formgrader(server):
    formgrader = Formgrader(parent=server)
    formgrader.root_dir, formgrader.log = server.root_dir, server.log
    formgrader.initialize([])
    return formgrader


def _jupyter_server_extension_points():
    return [{"module": __name__}]


class Templates(FileSystemLoader):
    """nbgrader's templates, with values inside a script escaped for JavaScript, not for HTML."""

    def get_source(self, environment, template):
        source, *rest = super().get_source(environment, template)
        return re.sub(r'= "\{\{ (\w+) \}\}";', r"= {{ \1 | tojson }};", source), *rest


class _Guarding:
    """A web application whose handlers get our policies as they are added."""

    def __init__(self, webapp):
        self.settings, self._webapp = webapp.settings, webapp

    def add_handlers(self, host, rules):
        self._webapp.add_handlers(host, [(pattern, _guarded(handler), *rest) for pattern, handler, *rest in rules])


class _OneClass(handlers.FormgraderHandler):
    """The formgrader's address. It opens the class that its settings name, and refuses any other folder."""

    def get(self):
        if not self.get_argument("path", ""):
            return super().get()
        self.set_status(403)  # an HTTPError would show nbgrader's own page, which gives another reason
        return self.finish(
            "Formgrader (local) is switched off: it would take the settings of the folder that it is given. "
            "Choose Formgrader, which shows the class that your settings name."
        )


def _guarded(handler):
    if not issubclass(handler, JupyterHandler):
        return handler
    if handler is handlers.FormgraderHandler:
        handler = _OneClass
    policy = FILES_POLICY if issubclass(handler, handlers.SubmissionFilesHandler) else POLICY
    return type(handler.__name__, (handler,), {"content_security_policy": policy})
