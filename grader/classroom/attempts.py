"""How a worker handles a job: it is judged in a process of its own, and nothing of it outlives that process."""

import collections
import contextlib
import gc
import tempfile

from grader.classroom.fresh_process import Ended, NobodyWaits, TookTooLong, in_fresh_process
from grader.classroom.jobs import Failed, Judged, failure
from grader.classroom.judging import Ready, judge, not_graded
from grader.classroom.shown_answers import get_ready
from grader.judge.image import build_image, preload
from grader.judge.sandbox import Warm, WarmDied
from grader.judge.selfcheck import check_exercises, rehearse

MOST_WARM = 2  # lessons whose warm processes a worker keeps
ATTEMPTS = 2  # each in a fresh process, before a job counts as failed
BESIDE = 60  # seconds in addition to a notebook's own: to read and repair it, and to judge its last answer


def attempt(job, wanted_by=None):
    """Have a job judged, in a process that is made for it; returns a Judged or a Failed in every case.

    Parameters
    ----------
    job : Job
    wanted_by : Connection, closed when nobody wants the result any more

    Raises
    ------
    NobodyWaits
        If it is closed.
    """
    found = None
    for _ in range(ATTEMPTS):
        try:
            ready = _lessons.take(*_place(job))
            kind, told = in_fresh_process(_tried, job, ready, wanted_by=wanted_by, seconds=job.limits.notebook + BESIDE)
        except NobodyWaits:
            raise
        except TookTooLong as e:
            return not_graded(job, "timed out", f"it could not be graded: {e}")
        except Ended as e:
            found = Failed(f"the grader failed: {e}")
        except Exception as e:
            return failure(e)
        else:
            if kind == Judged.__name__:
                return Judged(**told)
            found = Failed(**told)
            if kind == WarmDied.__name__:
                _lessons.drop(_place(job))
    return found


def _tried(job, ready):
    """The result of judging a job, in a form that can be sent: the name of its class, and its fields."""
    try:
        found = judge(job, ready)
    except WarmDied as e:
        return WarmDied.__name__, vars(failure(e))
    except Exception as e:
        found = failure(e)
    return type(found).__name__, vars(found)


def warm_up(wanted):
    """Get ready for submissions of a lesson: a WarmUp. If something is in the way, the first job reports it."""
    with contextlib.suppress(Exception):
        _lessons.take(wanted.lesson, wanted.limits, wanted.sandbox)


def put_away():
    """End what was kept ready for further jobs."""
    _lessons.clear()


def _place(job):
    return job.lesson.name, job.limits, job.sandbox


class _Lessons:
    """The warm processes that this worker keeps for the latest lessons, each on an image of its own."""

    def __init__(self):
        self._kept, self._checked = collections.OrderedDict(), set()

    def take(self, lesson, limits, sandbox):
        """A Ready for a lesson and limits, in a sandbox or not. If there is none it is made, and the lesson's judge tried.

        Raises
        ------
        SandboxError
            If no sandbox is possible.
        GraderFault
            If the lesson cannot be judged here.
        """
        place = lesson, limits, sandbox
        if place not in self._kept:
            if lesson not in self._checked:
                check_exercises(lesson)
                get_ready()
                self._checked.add(lesson)
            while len(self._kept) >= MOST_WARM:
                self.drop(next(iter(self._kept)))
            with contextlib.ExitStack() as stack:
                image = stack.enter_context(tempfile.TemporaryDirectory(prefix="gru-course-image-"))
                build_image(lesson, image)
                warm = stack.enter_context(Warm(image, preload(lesson), limits, sandbox))
                self._kept[place] = Ready(warm, rehearse(lesson, warm, limits)), stack.pop_all()
            gc.unfreeze()
            gc.collect()
            gc.freeze()  # the processes that are forked share all of this, as long as no garbage collector touches it
        self._kept.move_to_end(place)
        return self._kept[place][0]

    def drop(self, place):
        """End one, if there is one, and remove its image."""
        if kept := self._kept.pop(place, None):
            kept[1].close()

    def clear(self):
        """End all."""
        while self._kept:
            self.drop(next(iter(self._kept)))


_lessons = _Lessons()
