"""nbgrader, for everybody on this machine: /etc/jupyter/nbgrader_config.py."""

c = get_config()  # noqa: F821 (nbgrader defines it)

c.CourseDirectory.course_id = "gru101"
c.Exchange.root = "/srv/nbgrader/exchange"
c.Exchange.timezone = "Europe/Berlin"  # of the times that students see; "UTC" by default
