"""Feedback: nbgrader's own page, one for each hand-in."""

import logging

from nbconvert.exporters import HTMLExporter
from nbgrader.converters import GenerateFeedback

from grader.classroom import gradebook


class FeedbackPages:
    """Makes feedback pages; the exporter is built once for the whole class.

    Parameters
    ----------
    folder : ClassFolder
    """

    def __init__(self, folder):
        self.folder = folder
        converter = GenerateFeedback(coursedir=folder.course, config=folder.config)
        self.exporter = HTMLExporter(config=converter.config)
        for preprocessor in converter.preprocessors:
            self.exporter.register_preprocessor(preprocessor, enabled=True)
        self.exporter.log = logging.getLogger("grader.nbgrader")

    def page(self, notebook, student, lesson):
        """The page as HTML, with marks and comments as the gradebook has them now."""
        html, _ = self.exporter.from_notebook_node(
            notebook, resources=gradebook.resources(self.folder.db_url, student, lesson)
        )
        return html
