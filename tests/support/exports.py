"""Files as Canvas and Moodle export them, marks, and short ways to write marks into them."""

import csv
import io

from grader.classroom.gradebook import Mark
from grader.classroom.lms import canvas, moodle
from grader.classroom.lms.exporting import ClassMarks

LESSON = "03_gates"

CANVAS = '''\
Student,ID,SIS User ID,SIS Login ID,Section,Notebook 03 Gates (4711),Essay (4712),Current Score,Final Score
,,,,,Manual Posting,,,
    Points Possible,,,,,10.00,100.00,(read only),(read only)
"Lovelace, Ada",12345,S1,ada@example.org,"Monday; early",,80.00,80.00,40.00
"Żak, Łukasz",12346,S2,lukasz,Monday,3.00,,,
"=""=1+2""",12347,S3,formula,Monday,,,,
"O'Brien, José",12348,S4,jose,Tuesday,EX,,,
"Müller, Zoë",12349,S5,zoe,Tuesday,5.00,70.00,,
"Student, Test",99999,,f00,Monday,,,,
'''

WORKSHEET = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    'Participant 501,Ada Lovelace,ada@example.org,Submitted for grading,,100.00,Yes,"Monday, 30 November 2026",-,\n'
    'Participant 502,Łukasz Żak,lukasz@example.org,Submitted for grading,30.00,100.00,Yes,-,"Tuesday, 1 December 2026",'
    '"- good\nbut late"\n'
    "Participant 503,Ada Lovelace,other@example.org,No submission,,100.00,Yes,-,-,\n"
    "Participant 504,=cmd|'/C calc'!A0,evil@example.org,Submitted for grading,,100.00,Yes,-,-,\n"
)


def mark(score, waiting=False, top=10.0):
    return Mark(score, top, waiting, 0.0, 0.0, "")


def marks(**scores):
    return {(name.replace("_", " "), LESSON): mark(score) for name, score in scores.items()}


def table(path):
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def write_canvas(path, marks, roster=None, columns=None, **known):
    """Write marks for Canvas; `known` are fields of ClassMarks."""
    return canvas.write_marks(path, ClassMarks(marks, **known), roster, columns)


def write_moodle(path, marks, roster=None, columns=None, **known):
    """Write marks for Moodle; `known` are fields of ClassMarks."""
    return moodle.write_marks(path, ClassMarks(marks, **known), roster, columns)
