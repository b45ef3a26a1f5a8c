"""Honest submissions: the results of the exercises' own answers, and what people do in addition to answering."""

import copy
import functools
import itertools
import json
from dataclasses import dataclass, field

import nbformat

from grader.authoring.source import read_lesson
from grader.base.files import write_atomically
from grader.base.paths import course_root
from grader.classroom.demo import Paper
from grader.classroom.preparation import enter_lesson
from grader.exercises import bank
from grader.exercises.exercise import source_of
from grader.notebook.reading import grade_id

# What these cells of lesson 11 show needs its own classes, which can be neither here nor asked: tensors cannot be sent.
WITHOUT_THE_CLASSES = {
    "readings, lengths, _ = torch_models.collate(train[:4])",
    "packed = pack_padded_sequence(readings, lengths, enforce_sorted=False)",
    "dropping = nn.GRU(2, 6, num_layers=2, dropout=0.5)",
    "right = trained(torch_models.SequenceClassifier, seed=0)",
    "never_zeroed = trained(",
    "bound = np.log(1 + 2 / np.e)",
    "eight, eight_lengths, _ = torch_models.collate(test[:8])",
    "_, same_losses, *_ = trained(",
    "both = passes(*size)",
    "unpacked = Unpacked(2, 24, 3)",
    "steps_of_it = len(example[0])",
}


class Desk:
    """Where submissions of one lesson are written, in a class's folder."""

    def __init__(self, folder, name):
        self.folder, self.name, self.exercises = folder, name, bank()[name]
        self.lesson = enter_lesson(folder, course_root(), name)
        source = read_lesson(course_root() / "solutions" / f"{name}.py")
        self.solutions = {c.markers["solution"]: c.text for c in source.cells if "solution" in c.markers}
        self.points = {f"check_{c.markers['check']}": c.markers["points"] for c in source.cells if "check" in c.markers}

    def untouched(self):
        """A Paper as it was handed out, which says of each exercise that it was not done."""
        paper = Paper(self.lesson.pristine, self.points)
        for exercise in self.exercises:
            paper.answer(exercise, None, False)
        return paper

    def solved(self):
        """A Paper with the lesson's own solutions."""
        paper = Paper(self.lesson.pristine, self.points)
        for exercise, text in self.solutions.items():
            paper.answer(exercise, text, True)
        return paper

    def rounds(self):
        """Papers that together hold every right answer in another style, and every known mistake, of every exercise.

        Of the lesson's ordinary cells only the imports are left: no answer needs more, and these are many Papers.
        """
        rows = itertools.zip_longest(
            *([(name, *known) for known in answers_to(e)] for name, e in self.exercises.items())
        )
        return [self._filled(filter(None, row)) for row in rows]

    def others(self):
        """A Paper with a right answer in another style to each exercise, else like one of `rounds`."""
        return self._filled((name, source_of(e.others[-1], name), None) for name, e in self.exercises.items())

    def mistaken(self, number):
        """A Paper with the known mistake of this number for each exercise, counted around; else like one of `rounds`."""
        wrong = {name: list(e.mistakes.values()) for name, e in self.exercises.items()}
        chosen = {name: mistakes[number % len(mistakes)] for name, mistakes in wrong.items()}
        return self._filled((name, m.source, m.key) for name, m in chosen.items())

    def _filled(self, answers):
        paper = self.untouched()
        cells = [c for c in paper.notebook.cells if c.cell_type == "code"]
        imports = next(number for number, c in enumerate(cells) if "import gru_ref" in c.source)
        for cell in cells[imports + 1 :]:
            if not grade_id(cell):
                cell.source = ""
        for exercise, text, mistake in answers:
            paper.answer(exercise, text, mistake is None, mistake)
        return paper

    def submission(self, student, content, files=()):
        """Put a notebook, as text, and files into the place for submissions."""
        place = self.folder.submitted(student, self.name)
        write_atomically(place / f"{self.name}.ipynb", content)
        for name, text in dict(files).items():
            write_atomically(place / name, text)


def answers_to(exercise):
    """All known answers to an exercise as a learner would write them: pairs of a source, and the mistake's key or None."""
    right = [(source_of(fn, exercise.name), None) for fn in exercise.others]
    return right + [(m.source, m.key) for m in exercise.mistakes.values()]


# ------------------------------------------------------------------------------------------------------- odd submissions


@dataclass(frozen=True)
class Odd:
    """A submission of lesson 03 that differs from the solved one.

    `answers` are other texts of answer cells, `cells` are cells of the learner's own behind the imports, or behind the cell
    of that name; `files` lie beside the notebook; `saved` makes of the notebook what another program would have saved;
    `lost` are the exercises that come to no points, here and in plain nbgrader.
    """

    answers: dict = field(default_factory=dict)
    cells: tuple = ()
    files: dict = field(default_factory=dict)
    saved: object = json.dumps
    lost: tuple = ()

    def written(self, desk):
        """The notebook, as text, and the points of each exercise."""
        paper = desk.solved()
        for exercise in desk.exercises:
            paper.answer(exercise, self.answers.get(exercise), exercise not in self.lost)
        for number, own in enumerate(self.cells):
            after, text = own if isinstance(own, tuple) else (None, own)
            self._insert(paper.notebook.cells, after, nbformat.v4.new_code_cell(text, id=f"mine-{number}"))
        return self.saved(copy.deepcopy(paper.notebook)), paper.expected

    def _insert(self, cells, after, cell):
        places = (i for i, c in enumerate(cells) if (grade_id(c) == after if after else "import gru_ref" in c.source))
        place = next(places) + 1
        while cells[place].get("id", "").startswith("mine-"):
            place += 1
        cells.insert(place, cell)


def _as_by_vs_code(notebook):
    notebook.metadata = {"language_info": {"name": "python", "version": "3.12.1", "pygments_lexer": "ipython3"}}
    for cell in notebook.cells:
        cell.metadata["vscode"] = {"languageId": "python"}
        cell.source = cell.source.splitlines(keepends=True)
    return json.dumps(notebook, indent=1)


def _as_by_colab(notebook):
    notebook.nbformat_minor = 0
    notebook.metadata = {
        "colab": {"provenance": [], "toc_visible": True}, "accelerator": "GPU", "gpuClass": "standard",
        "kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"},
    }  # fmt: skip
    for cell in notebook.cells:
        cell.metadata["id"] = cell.pop("id")
        if cell.cell_type == "code":
            cell.metadata |= {"colab": {"base_uri": "https://localhost:8080/"}, "outputId": "0ee0-0"}
    return json.dumps(notebook)


def _as_by_notebook_6(notebook):
    notebook.nbformat_minor = 4
    notebook.metadata["toc"] = {"base_numbering": 1, "nav_menu": {}}
    for cell in notebook.cells:
        del cell["id"]
        cell.metadata |= {"collapsed": False, "scrolled": True} if cell.cell_type == "code" else {}
    return json.dumps(notebook, indent=1)


def _with_outputs(notebook):
    notebook.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {}, "version_major": 2, "version_minor": 0}
    }
    for number, cell in enumerate(c for c in notebook.cells if c.cell_type == "code"):
        cell.execution_count = number + 7
        cell.outputs = [
            nbformat.v4.new_output("stream", text="old\n"),
            nbformat.v4.new_output("execute_result", {"text/plain": "0"}, execution_count=number + 7),
            nbformat.v4.new_output("error", ename="NameError", evalue="old", traceback=["\x1b[31mold\x1b[0m"]),
        ]
    return json.dumps(notebook)


def _with_windows_line_ends(notebook):
    for cell in notebook.cells:
        cell.source = cell.source.replace("\n", "\r\n")
    return json.dumps(notebook, indent=1).replace("\n", "\r\n")


TORCH_AND_SCIPY = Odd(
    {
        "sigmoid": "def sigmoid(a):\n    return expit(a)",
        "gate": (
            "def gate(x, h, W, U, b_i, b_h):\n"
            "    x, h, W, U, b_i, b_h = map(torch.from_numpy, (x, h, W, U, b_i, b_h))\n"
            "    return torch.sigmoid(F.linear(x, W, b_i) + F.linear(h, U, b_h)).numpy()"
        ),
        "update_gate": (
            "def update_gate(x, h, p):\n"
            "    cell = torch.nn.Linear(x.shape[1], h.shape[1], dtype=torch.float64)\n"
            "    with torch.no_grad():\n"
            "        cell.weight[:] = torch.tensor(p.W_iz)\n"
            "        cell.bias[:] = torch.tensor(p.b_iz)\n"
            "        a = cell(torch.tensor(x)).numpy()\n"
            "    return scipy.special.expit(a + h @ p.W_hz.T + p.b_hz)"
        ),
    },
    ("import torch\nimport torch.nn.functional as F", "import scipy.special\nfrom scipy.special import expit"),
)

OWN_HELPERS = Odd(
    {
        "sigmoid": "def sigmoid(a):\n    return ONE / (ONE + np.exp(-np.clip(a, -700, 700)))",
        "gate": "def gate(x, h, W, U, b_i, b_h):\n    return gru_ref.sigmoid(linear(x, W, b_i) + linear(h, U, b_h))",
        "reset_gate": (
            "def reset_gate(x: np.ndarray, h: np.ndarray, p: 'GRUParams', *, eps: float = 0.0) -> np.ndarray:\n"
            '    """My own words."""\n'
            "    print('shapes', x.shape, h.shape)\n"
            "    r = gate(x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr)\n"
            "    assert r.shape == h.shape\n"
            "    return r + eps"
        ),
        "update_gate": (
            "def update_gate(x, h, p, squash=lambda a: gru_ref.sigmoid(a), names=('iz', 'hz')):\n"
            "    i, o = names\n"
            "    part = functools.partial(linear, b=getattr(p, f'b_{i}'))\n"
            "    return squash(part(x, getattr(p, f'W_{i}')) + linear(h, getattr(p, f'W_{o}'), b=getattr(p, f'b_{o}')))"
        ),
    },
    ("import functools\n\nONE = 1.0", "def linear(x, W, b):\n    return x @ W.T + b"),
)

CLASSES = Odd(
    {
        "sigmoid": "def sigmoid(a):\n    return np.vectorize(Logistic())(a) if np.size(a) else np.zeros(np.shape(a))",
        "gate": "@counted\ndef gate(x, h, W, U, b_i, b_h):\n    return Logistic.of(x @ W.T + b_i + h @ U.T + b_h)",
        "reset_gate": "def reset_gate(x, h, p):\n    return Weights('ir', 'hr').taken_from(p)(x, h)",
        "update_gate": "@functools.lru_cache\ndef unused():\n    pass\n\n\n@counted\ndef update_gate(*args):\n    x, h, p = args\n    return Weights(*kinds[1]).taken_from(p)(x, h)",
    },
    (
        (
            "import functools, math\n"
            "from dataclasses import dataclass\n\n"
            "class Logistic:\n"
            "    def __call__(self, a):\n"
            "        return 1 / (1 + math.exp(-a)) if a > -700 else 0.0\n"
            "    @staticmethod\n"
            "    def of(a):\n"
            "        return gru_ref.sigmoid(a)\n\n"
            "def counted(fn):\n"
            "    @functools.wraps(fn)\n"
            "    def wrapped(*args):\n"
            "        wrapped.calls += 1\n"
            "        return fn(*args)\n"
            "    wrapped.calls = 0\n"
            "    return wrapped\n\n"
            "@dataclass\n"
            "class Weights:\n"
            "    i: str\n"
            "    h: str\n"
            "    def taken_from(self, p):\n"
            "        def call(x, h):\n"
            "            a, b = (v @ getattr(p, f'W_{k}').T + getattr(p, f'b_{k}') for v, k in ((x, self.i), (h, self.h)))\n"
            "            return Logistic.of(a + b)\n"
            "        return call\n\n"
            "kinds = [('ir', 'hr'), ('iz', 'hz')]"
        ),
        ("check_update_gate", "gate.calls, update_gate.calls"),
    ),
)

# A partial has no name, and a lambda another one.
NO_FUNCTIONS = Odd(
    {
        "sigmoid": "sigmoid = lambda a: np.where(a >= 0, 1, np.exp(-np.abs(a))) / (1 + np.exp(-np.abs(a)))",
        "gate": "import functools\ngate = functools.partial(lambda s, *args: s(*args), gru_ref.gate)",
        "reset_gate": "class reset_gate:\n    def __init__(self, x, h, p):\n        pass",
        "update_gate": "def z(x, h, p):\n    return gru_ref.gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz)\n\nupdate_gate = z",
    },
    lost=("sigmoid", "gate", "reset_gate", "update_gate"),
)

STAR_IMPORT = Odd(
    {
        "gate": "def gate(x, h, W, U, b_i, b_h):\n    return of_gates.sigmoid(x @ W.T + b_i + h @ U.T + b_h)",
        "reset_gate": "def reset_gate(x, h, p):\n    return theirs(x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr)",
        "update_gate": "def update_gate(x, h, p):\n    return squash(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)",
    },
    (
        "from gru_ref import *\nimport gru_ref.gates as of_gates\nfrom gru_ref.gates import gate as theirs, sigmoid as squash",
        "type(init_gru(2, 3, np.random.default_rng(0))) is GRUParams, GRUParams._fields",
    ),
)

STAR_IMPORT_LATE = Odd(cells=(("sigmoid", "from gru_ref import *"),), lost=("sigmoid",))

MAGICS = Odd(
    {
        "sigmoid": "%%time\ndef sigmoid(a):\n    e = np.exp(-np.abs(a)) * two / 2\n    return np.where(a >= 0, 1, e) / (1 + e)",
        "gate": "%matplotlib inline\n\ndef gate(x, h, W, U, b_i, b_h):\n    return gru_ref.sigmoid(x @ W.T + b_i + h @ U.T + b_h) * ready\n\ngate?",
    },
    (
        "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'\n%load_ext autoreload\n%autoreload 2",
        "%%capture out\nprint('hidden')",
        "np.tanh?",
        "!ls; echo 2 > two.txt",
        "files = !cat two.txt\ntwo = int(files[0])",
        "%timeit -n1 -r1 np.exp(0.0)",
        "%pip --version",
        "%%bash\necho hello",
        "%who\n%pwd\n%no_such_magic",
        "import asyncio\nawait asyncio.sleep(0)\nready = 1.0",
        "%%writefile of_mine.py\nhalf = 0.5",
        "from of_mine import half\n%run of_mine.py",
        "input('name? ')",
    ),
)

PLOTS = Odd(
    {},
    (
        "a = np.linspace(-5, 5)\nplt.plot(a, np.tanh(a), label='größe')\nplt.legend()\nplt.title('Δσ')\nplt.show()",
        "fig, axes = plt.subplots(2, 2)\naxes[0, 0].imshow(np.eye(3))\nfig.savefig('mine.png')\nfig",
        "plotting.plot_logistic(plt.gca())\nax = plotting.plot_logistic(plt.gca())\nplt.show()",
        "from IPython.display import HTML, Markdown, clear_output, display\ndisplay(HTML('<b>bold</b>'), Markdown('*x*'))\nclear_output()",
        "import ipywidgets\nipywidgets.interact(lambda w: print(w), w=(0, 3))",
        "show(plt.figure(), alt='mine')",
    ),
)

LATER_LESSONS = Odd(
    {},
    (
        "p = gru_ref.init_gru(2, 3, np.random.default_rng(0))\ngru_ref.gru_step(np.ones((1, 2)), np.zeros((1, 3)), p)",
        "from gru_ref import gru_forward, lstm_step\ngru_forward(np.ones((4, 1, 2)), p)",
        "from gru_ref.torch_models import GRUCell\nGRUCell(2, 3)",
        "gru_ref.sigmoid(np.zeros(2)), gru_ref.tanh",
        "import gru_ref.no_such_module",
    ),
)

CHECKED_AGAIN = Odd(
    {},
    (
        ("check_sigmoid", "check(sigmoid)\nfor _ in range(3):\n    check(sigmoid)"),
        ("check_sigmoid", "check('sigmoid')"),
        ("check_sigmoid", "check(3)"),
        ("gate", "check(gate)"),
        ("check_gate", "hint(gate)\nprogress()\ngate_explorer()"),
        ("reset_gate", "try:\n    check(lambda x, h, p: x, 'reset_gate')\nexcept AssertionError as e:\n    print(e)"),
        ("check_update_gate", "def update_gate(x, h, p):\n    raise NotImplementedError\n\ncheck(update_gate)"),
    ),
)

SPREAD = Odd(
    {
        "sigmoid": "def e_of(a):\n    return np.exp(-np.abs(a))",
        "gate": "",
        "reset_gate": "def reset_gate(x, h, p):\n    return x\n\ndef reset_gate(x, h, p):\n    return gate(x, h, *of(p, 'r'))",
        "update_gate": "if __name__ == '__main__':\n    def update_gate(x, h, p):\n        return gate(x, h, *of(p, 'z'))",
    },
    (
        ("sigmoid", "def sigmoid(a):\n    return np.where(a >= 0, 1, e_of(a)) / (1 + e_of(a))"),
        ("gate", "def gate(x, h, W, U, b_i, b_h):\n    return gru_ref.sigmoid(x @ W.T + b_i + h @ U.T + b_h)"),
        ("reset_gate", "def of(p, k):\n    return [getattr(p, n + k) for n in ('W_i', 'W_h', 'b_i', 'b_h')]"),
        ("check_update_gate", "del sigmoid, gate"),
    ),
)

RANDOM = Odd(
    {
        "sigmoid": "def sigmoid(a):\n    return gru_ref.ema(np.array([0.0]), 0.5)[0] + my_own(a) + 0 * np.random.rand()",
        "gate": "def gate(x, h, W, U, b_i, b_h):\n    return my_own(x @ W.T + b_i + h @ U.T + b_h) + 1e-3 * np.random.rand()",
        "reset_gate": "def reset_gate(x, h, p):\n    assert lamp.sum() == 4\n    return gru_ref.gate(x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr) + rng.random() * 0",
        "update_gate": "def update_gate(x, h, p):\n    return gru_ref.gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz) + (readings.size - 60)",
    },
    ("def my_own(a):\n    e = np.exp(-np.abs(a))\n    return np.where(a >= 0, 1, e) / (1 + e)",),
    lost=("gate",),
)

AT_ONCE = Odd(
    {
        "sigmoid": (
            "def sigmoid(a):\n"
            "    with ThreadPoolExecutor(2) as pool:\n"
            "        parts = list(pool.map(gru_like, np.ravel(a)))\n"
            "    return np.array(parts, float).reshape(np.shape(a))"
        ),
        "gate": "def gate(x, h, W, U, b_i, b_h):\n    return gru_ref.sigmoid(x @ W.T + b_i + h @ U.T + b_h) * squares[1]",
        "update_gate": "def update_gate(x, h, p):\n    return gru_ref.gate(x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz) * again.one * last",
    },
    (
        "import pickle\nfrom concurrent.futures import ThreadPoolExecutor\nfrom multiprocessing import Pool\nimport math",
        "def square(x):\n    return x * x\n\nwith Pool(2) as pool:\n    squares = pool.map(square, [0, 1, 2])",
        "class Kept:\n    one = 1\n\nagain = pickle.loads(pickle.dumps(Kept()))",
        "1",
        "last = _",
        "def gru_like(a):\n    return 1 / (1 + math.exp(-a)) if a > -700 else 0.0",
    ),
)

FILES = Odd(
    {"gate": "def gate(x, h, W, U, b_i, b_h):\n    return gates_of_mine.squash(x @ W.T + b_i + h @ U.T + b_h) * one"},
    (
        "import gates_of_mine\nfrom data.more import one",
        "import os, tempfile\nfrom pathlib import Path\nnp.save('saved.npy', np.ones(3))\none *= np.load('saved.npy')[0]",
        "one *= float(Path('data/one.txt').read_text())\nos.makedirs('new', exist_ok=True)\ntempfile.mkdtemp()",
    ),
    {
        "gates_of_mine.py": "import gru_ref\n\n\ndef squash(a):\n    return gru_ref.sigmoid(a)\n",
        "data/more.py": "one = 1\n",
        "data/one.txt": "1.0",
    },
)

UNICODE = Odd(
    {
        "sigmoid": "def σ(α):\n    ε = np.exp(-np.abs(α))  # größer als 0 😀\n    return np.where(α >= 0, 1, ε) / (1 + ε)\n\ndef sigmoid(a):\n    return σ(a)"
    },
    ("größe = 3\nΔ = {'名': größe}\nprint('naïve 😀 \\x1b[31mrot\\x1b[0m', Δ)",),
)

ODD = {
    "torch and scipy": TORCH_AND_SCIPY,
    "own helpers": OWN_HELPERS,
    "classes": CLASSES,
    "no functions": NO_FUNCTIONS,
    "star import": STAR_IMPORT,
    "star import late": STAR_IMPORT_LATE,
    "magics": MAGICS,
    "plots": PLOTS,
    "later lessons": LATER_LESSONS,
    "checked again": CHECKED_AGAIN,
    "spread": SPREAD,
    "random": RANDOM,
    "at once": AT_ONCE,
    "files": FILES,
    "unicode": UNICODE,
    "VS Code": Odd(saved=_as_by_vs_code),
    "Colab": Odd(saved=_as_by_colab),
    "Notebook 6": Odd(saved=_as_by_notebook_6),
    "outputs kept": Odd(saved=_with_outputs),
    "Windows": Odd(saved=_with_windows_line_ends),
    "Latin letters escaped": Odd(saved=functools.partial(json.dumps, ensure_ascii=True, indent=4)),
}
