"""How a worker handles jobs: each is judged in a process of its own, and nothing of it outlives that process."""

import collections
import contextlib
import gc
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from grader.classroom.fresh_process import Ended, TookTooLong, in_fresh_process
from grader.classroom.jobs import Failed, Judged, failure
from grader.classroom.judging import Ready, get_ready, judge, not_graded
from grader.judge.image import build_image, preload
from grader.judge.sandbox import Warm, WarmDied
from grader.judge.selfcheck import check_exercises, rehearse

MOST_WARM = 2  # lessons whose warm processes a worker keeps, unless more are needed at the same time
ATTEMPTS = 2  # each in a fresh process, before a job counts as failed
BESIDE = 60  # seconds in addition to a notebook's own: to read and repair it, and to judge its last answer


async def attempt(job):
    """Have a job judged, in a process that is made for it; returns a Judged or a Failed in every case.

    Parameters
    ----------
    job : Job
    """
    found = None
    for _ in range(ATTEMPTS):
        try:
            _read_once(job.lesson)
            with _lessons.using(*_place(job)) as ready:
                kind, told = await in_fresh_process(_tried, job, ready, seconds=job.limits.notebook + BESIDE)
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
                _lessons.drop(_place(job), ready)
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
    with contextlib.suppress(Exception), _lessons.using(wanted.lesson, wanted.limits, wanted.sandbox):
        pass


def put_away():
    """End what was kept ready for further jobs."""
    _lessons.clear()


def _place(job):
    return job.lesson.name, job.limits, job.sandbox


@dataclass
class _Kept:
    """What is ready for a lesson; `close` ends it, `users` are the jobs that need it now."""

    ready: Ready
    close: Callable
    users: int = 0


class _Lessons:
    """The warm processes that are kept for the latest lessons, each on an image of its own."""

    def __init__(self):
        self._kept, self._checked = collections.OrderedDict(), set()

    @contextlib.contextmanager
    def using(self, lesson, limits, sandbox):
        """Within the body: a Ready for a lesson and limits, in a sandbox or not.

        If there is none it is made, and the lesson's judge tried.

        Raises
        ------
        SandboxError
            If no sandbox is possible.
        GraderFault
            If the lesson cannot be judged here.
        """
        place = lesson, limits, sandbox
        if place not in self._kept:
            self._make_room()
            self._kept[place] = self._made(*place)
        self._kept.move_to_end(place)
        kept = self._kept[place]
        kept.users += 1
        try:
            yield kept.ready
        finally:
            kept.users -= 1

    def drop(self, place, ready):
        """End one, and remove its image, unless this was done already."""
        if place in self._kept and self._kept[place].ready is ready:
            self._kept.pop(place).close()

    def clear(self):
        """End all."""
        while self._kept:
            self._kept.popitem()[1].close()

    def _make_room(self):
        idle = [place for place, kept in self._kept.items() if not kept.users]
        for place in idle[: max(0, len(self._kept) - MOST_WARM + 1)]:
            self._kept.pop(place).close()

    def _made(self, lesson, limits, sandbox):
        def meanwhile():
            build_image(lesson, image)
            if lesson not in self._checked:
                check_exercises(lesson)
                self._checked.add(lesson)

        with contextlib.ExitStack() as stack:
            image = stack.enter_context(tempfile.TemporaryDirectory(prefix="gru-course-image-"))
            warm = stack.enter_context(Warm(image, preload(lesson), limits, sandbox, meanwhile=meanwhile))
            kept = _Kept(Ready(warm, rehearse(lesson, warm, limits)), stack.pop_all().close)
        _share_memory()
        return kept


def _read_once(lesson):
    if lesson.build not in _read:
        with contextlib.suppress(Exception):  # it only saves time: if something is in the way, judging reports it
            get_ready(lesson)
        _read.add(lesson.build)
        _share_memory()


def _share_memory():
    """Have the processes that are forked share what is in memory now: no garbage collector is to touch it."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


_lessons, _read = _Lessons(), set()
