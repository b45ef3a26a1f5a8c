# The course's commands in every terminal: /etc/profile.d/gru-course.sh. JupyterLab's are login shells, which set PATH again.
PATH=/opt/gru-course/.venv/bin:$PATH
