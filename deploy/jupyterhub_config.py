"""JupyterHub 6 for one course on one machine whose users are the system's own: /etc/jupyterhub/jupyterhub_config.py.

Two groups of the system decide who may log in, and as what. docs/instructors.md, "On a JupyterHub", says how to set up the
rest. Here you change COURSE, if your course is called otherwise, and the address.
"""

import grp
import os
import pwd
import sys
from pathlib import Path

c = get_config()  # noqa: F821 (JupyterHub defines it)

COURSE = "gru101"  # as in nbgrader_config.py
STUDENTS, INSTRUCTORS = f"{COURSE}-students", f"{COURSE}-instructors"
INSTRUCTORS_SETTINGS = "/srv/jupyter/instructors"  # the panels of instructors, and where their class is

# Only this machine reaches the hub. Put a web server with a certificate before it, and never open this port.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"

# Who may log in: users of this machine, with their passwords (PAM). Since JupyterHub 5, nobody may unless this says so.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {STUDENTS, INSTRUCTORS}

# Each server runs as its user, with the Python environment that the hub itself runs in.
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.Spawner.cmd = [str(Path(sys.executable).with_name("jupyterhub-singleuser"))]
c.Spawner.default_url = "/lab"
c.Spawner.environment = {
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
    # A kernel that a user installed as "python3" would otherwise take the place of this environment's.
    "JUPYTER_PREFER_ENV_PATH": "1",
    # PyTorch takes all cores for itself otherwise, in each kernel.
    "OMP_NUM_THREADS": "1",
}

# New files are their owner's alone. The exchange sets its own permissions.
os.umask(0o077)


def prepare(spawner):
    """Close the user's home folder, and give instructors their settings."""
    user = pwd.getpwnam(spawner.user.name)
    # umask is not enough: what is fetched from the exchange keeps its permissions there, where everybody may read it.
    os.chmod(user.pw_dir, 0o700)
    if INSTRUCTORS in _groups(user):
        spawner.environment = {**spawner.environment, "JUPYTER_CONFIG_PATH": INSTRUCTORS_SETTINGS}


def _groups(user):
    return {grp.getgrgid(gid).gr_name for gid in os.getgrouplist(user.pw_name, user.pw_gid)}


c.Spawner.pre_spawn_hook = prepare
