"""nbgrader, for everybody on this machine: /etc/jupyter/nbgrader_config.py."""

c = get_config()  # noqa: F821 (nbgrader defines it)

c.CourseDirectory.course_id = "gru101"
c.Exchange.root = "/srv/nbgrader/exchange"
# Leave Exchange.timezone alone. With another than UTC, nbgrader 0.9.6 writes times that are read as other times.
