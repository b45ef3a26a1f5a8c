"""Explain a Python or NumPy error to a learner, and suggest what to try next."""

import difflib
import re

import numpy as np

import gru_ref


def advise_on_error(error, place):
    """Return (what happened, what to try) for an exception that arose in the learner's code.

    Parameters
    ----------
    error : the exception
    place : Place of the learner's line, or None
    """
    message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, AttributeError) and error.name:
        names = getattr(error.obj, "_fields", dir(error.obj))
        close = [n for n in names if sorted(n) == sorted(error.name)]  # W_ri for W_ir
        close = close or difflib.get_close_matches(error.name, names, n=1, cutoff=0.7)
        message += f". Did you mean {close[0]}?" if close else ""
    unknown = re.search(r"unexpected (?:field names: \['|keyword argument ')([Wb]_\w+)", str(error))
    if unknown:
        close = [n for kind in _PARAMS for n in kind._fields if sorted(n) == sorted(unknown[1])]
        message += f". Did you mean {close[0]}?" if close else ""
    if place and re.search(r"\braise\b", place.text):
        return message, "This is your own `raise`: its condition holds here, although the arguments are fine."
    if isinstance(error, NameError) and error.name:
        for module, prefix in ((gru_ref, "gru_ref"), (np, "np")):
            if error.name in dir(module):
                return message, f"`{prefix}.{error.name}` exists: is the `{prefix}.` missing, or a cell not run yet?"
    for kind, words, next_step in (*_TORCH, *_NUMPY, *_PYTHON):
        if isinstance(error, kind) and re.search(words, str(error)):
            return message, next_step
    if place:
        return (
            message,
            "Print each part of the line shown separately, with its type and shape: which one is not what you expect?",
        )
    return message, "Call your function in a new cell below with such arguments, to see where the error arises."


# The names of the arguments' axes in the lessons.
_SHAPES = {"xs": "T, B, I", "hs": "T, B, H", "dhs": "T, B, H", "logits": "T, B, C", "x": "B, I", "W": "H, I"}
_SHAPES |= dict.fromkeys(("h", "h0", "h_new", "c", "r", "z", "n", "dh"), "B, H")


def from_the_arguments(names, parameters, args):
    """What to write instead of `names`, which a function takes from the notebook, using its own arguments.

    Parameters
    ----------
    names : the names, of sizes or anything else
    parameters, args : the arguments' names, and their values in one call
    """
    shapes = {
        name: _SHAPES[name] for name, value in zip(parameters, args, strict=False)
        if name in _SHAPES and np.ndim(value) == _SHAPES[name].count(",") + 1
    }  # fmt: skip
    lines, missing = [], set(names)
    while shapes and missing:
        best = max(shapes, key=lambda name: len(missing & set(shapes[name].split(", "))))
        found = missing & set(shapes[best].split(", "))
        if not found:
            break
        lines.append(f"`{shapes[best]} = {best}.shape`")
        missing -= found
        del shapes[best]
    others = [name for name in names if name in missing]
    told = [f"Take sizes from the arguments: {' and '.join(lines)}."] if lines else []
    if others:
        told.append(
            f"Instead of {' and '.join(f'`{name}`' for name in others)} use what your function is given, `{', '.join(parameters)}`."
        )
    return " ".join(told)


_PARAMS = (gru_ref.GRUParams, gru_ref.LSTMParams, gru_ref.RNNParams)
_MATMUL = (
    "A matrix product needs equal inner sizes: (B, I) @ (I, H). Weights are stored as (H, I): on the way forward they "
    "enter as `W.T`, on the way back as `W`."
)
_INDEX = "An index is an integer, a slice, or an array of integers or booleans; `//` divides without a remainder."
_NONE = (
    "Something is None: an argument that was left out, or the result of a function without `return`, or of one that returns "
    "nothing, such as `the_list.append(x)`."
)
_UNPACK = (
    "The number of names to the left of `=` differs from the number of parts on its right. What does the called function return, "
    "and how many parts?"
)
_NO_GRAD = (
    "Somewhere along the way the tensor left the computation graph: by `.detach()`, `.item()`, `.numpy()`, `torch.no_grad()`, or by "
    "making a new tensor from its numbers with `torch.tensor(…)`."
)
_FROM_NUMPY = "There is a NumPy array where a tensor is needed: `torch.tensor(a)` converts it."
_TORCH = [
    (RuntimeError, r"mat1 and mat2 shapes", _MATMUL),
    (
        RuntimeError,
        r"on the same device",
        "A model and its data must be on one device: `xs.to(where)`, with `where = next(model.parameters()).device`.",
    ),
    (
        RuntimeError,
        r"size of tensor a .* must match",
        "The shapes of two tensors don't fit together. Is one transposed, or is a product missing?",
    ),
    (
        (RuntimeError, ValueError),
        r"same dtype, but got|expected scalar type|does not match weight dtype",
        "Two dtypes are mixed, float32 and float64. PyTorch's default is float32: use `.float()`, or `.to(x.dtype)`.",
    ),
    (RuntimeError, r"does not require grad", _NO_GRAD),
    (
        RuntimeError,
        r"Can't call numpy",
        "This tensor belongs to a computation graph: `.detach()` it first, or stay with torch's functions.",
    ),
    (
        RuntimeError,
        r"leaf Variable .* in-place",
        "A parameter may not be overwritten while its gradient is recorded: make a new tensor, or use `torch.no_grad()`.",
    ),
    (
        RuntimeError,
        r"backward through the graph a second time",
        "`backward` can go through a graph only once. Is the state of the last batch carried on without `.detach()`?",
    ),
    (
        RuntimeError,
        r"in loading state_dict",
        "Weights are exchanged by name and shape: compare the names with those of `dict(module.named_parameters())`.",
    ),
    (RuntimeError, r"enforce_sorted", "The lengths need not be sorted if you pass `enforce_sorted=False`."),
    (
        RuntimeError,
        r"target dtype to be Long|scalar types: Long",
        "Classes are numbered, so they are integers: `torch.tensor(targets)` of integers, or `.long()`.",
    ),
    (RuntimeError, r"[Bb]oolean value of Tensor", "An `if` needs one True or False; for tensors use `torch.where(…)`."),
    (
        RuntimeError,
        r"input_size",
        "The last axis does not have the size that the module was created with: the input size comes first.",
    ),
    (
        RuntimeError,
        r"expects each tensor to be equal size|Sizes of tensors must match",
        "Print the shapes of everything that you join: they must agree in every axis but the one that grows.",
    ),
    (RuntimeError, r"cannot be converted to Scalar", "`.item()` is for one number: is a mean or a sum missing?"),
    (
        RuntimeError,
        r"is invalid for input of size|view size",
        "Old and new sizes, multiplied, must give the same number. Print the shape before.",
    ),
    (
        NotImplementedError,
        r"missing the required",
        "A module needs a method `def forward(self, …):` of exactly this name, at the right indentation.",
    ),
    (AttributeError, r"before Module\.__init__", "A module's `__init__` begins with `super().__init__()`."),
    (AttributeError, r"ndarray' object has no attribute '(detach|dim|size|unsqueeze)'", _FROM_NUMPY),
    (
        TypeError,
        r"must be Tensor, not (tuple|PackedSequence)|but got tuple",
        "You pass several things where one tensor is needed: take the right one out of them first.",
    ),
    (TypeError, r"must be Tensor, not|expected Tensor|but should be a tensor", _FROM_NUMPY),
    (RuntimeError, r"Could not infer dtype of", "Convert it to a list first: `torch.tensor(list(…))`."),
    (
        ValueError,
        r"parameters don't fit",
        "A parameter is named after the attribute that it is assigned to. Compare names and shapes with the lesson's table.",
    ),
    (
        TypeError,
        r"^forward takes",
        "Calling the module passes these arguments, in this order; `self` always comes first.",
    ),
    (TypeError, r"'method' object", "A method is named here, but not called: the brackets `()` after it are missing."),
    (NameError, r"name '(weight|bias)_", "The parameters belong to the module: write `self.` before the name."),
]
_NUMPY = [
    (
        ValueError,
        r"broadcast together with shapes (\((\d+(,\d+)*)(,\d+)+\) \(\2,?\)|\((\d+(,\d+)*),?\) \(\5(,\d+)+\))",
        "One of these arrays lacks the last axis, and NumPy lines up the *last* axes. `keepdims=True` in a sum, mean or maximum "
        "keeps the axis; `a[:, None]` or `a[..., None]` adds one.",
    ),
    (
        ValueError,
        r"^[Pp]robabilities (are not non-negative|do not sum to 1|contain NaN)",
        "`p=` takes probabilities: none is negative, none is NaN, and together they are 1. Print `p.min()` and `p.sum()` before "
        "this line.",
    ),
    (ValueError, r"^matmul", _MATMUL),
    (ValueError, r"shapes .* not aligned", _MATMUL),
    (
        ValueError,
        r"remapped shapes|einstein|einsum",
        "In `einsum` each letter is an axis: one letter for each axis of each array, equal letters for equal sizes, and "
        "after `->` only letters that also stand before it.",
    ),
    (
        ValueError,
        r"could not be broadcast",
        "The shapes of two arrays don't fit together. Is one transposed, or is a product missing?",
    ),
    (
        ValueError,
        r"could not broadcast input",
        "The array that you fill has a different shape from what you put in: how was it made?",
    ),
    (
        ValueError,
        r"^`?indices`? and `?arr`? must have",
        "`np.take_along_axis` needs as many axes in the indices as in the array: `indices[..., None]` adds a last one.",
    ),
    (
        ValueError,
        r"input array dimensions except|same number of dimensions",
        "`np.concatenate` lengthens one axis, and the others must agree: is it the right `axis=…`? To add a new axis, use "
        "`np.stack`.",
    ),
    (
        ValueError,
        r"must have the same shape",
        "`np.stack` needs arrays that all have the same shape. Print the shapes.",
    ),
    (ValueError, r"at least one array", "The list is empty: is anything appended to it, inside the loop?"),
    (
        ValueError,
        r"inhomogeneous",
        "The entries have different shapes, so they cannot make one array. Print the shape of each: which one differs?",
    ),
    (
        ValueError,
        r"cannot reshape",
        "Old and new sizes, multiplied, must give the same number. Print the shape before.",
    ),
    (
        ValueError,
        r"truth value of an array",
        "`if`, `and`, `or` and `not` need one True or False: `np.all(…)` turns an array into one. To choose entry by entry, "
        "use `np.where(condition, a, b)`.",
    ),
    (
        ValueError,
        r"read-only",
        "This array is read-only: `a = a + 1` makes a new one, but `a += 1` and `a[…] = …` change it. Or use `.copy()`.",
    ),
    (ValueError, r"values to unpack", _UNPACK),
    (
        ValueError,
        r"unexpected field names",
        "A NamedTuple has fixed names: W or b, then i or h, then the gate.",
    ),
    (
        ValueError,
        r"has shape .* but (should|its)|is an? \w+, but should be",
        "The message uses the called function's names for its arguments: do you pass them in its order?",
    ),
    (np.exceptions.AxisError, r"", "Axes are counted from 0, and the last one is also −1. Print the array's shape."),
    (TypeError, r"bitwise_xor|type\(s\) for \^", "In Python `^` is not a power: write `**`, as in `h**2`."),
    (
        TypeError,
        r"0-dimensional arrays",
        "The functions of `math`, `float` and `int` take one number; for arrays use NumPy's own, such as `np.exp`.",
    ),
    (
        TypeError,
        r"only integer scalar arrays",
        "Pass several arrays together, as one list: `np.concatenate([a, b])`.",
    ),
    (TypeError, r"as a data type", "A shape is one tuple: `np.zeros((2, 3))`, with two pairs of brackets."),
    (AttributeError, r"attribute 'ln'", "NumPy calls the natural logarithm `np.log`."),
    (AttributeError, r"Generator' object", "A generator's methods are `rng.normal`, `rng.uniform`, `rng.integers`, …."),
    (
        AttributeError,
        r"ndarray' object has no attribute 'append'",
        "An array has a fixed size. Append to a list, and turn the list into an array at the end: `np.stack(the_list)`.",
    ),
    (
        AttributeError,
        r"(list|tuple)' object has no attribute '(shape|T|sum|ndim|copy|dtype)'",
        "Convert it to an array first.",
    ),
    (
        np.linalg.LinAlgError,
        r"",
        "A linear-algebra routine refused its matrix: print it. Is it square, without NaN, and not singular?",
    ),
]
_PYTHON = [
    (
        FloatingPointError,
        r"",
        "NumPy raises an error here instead of a warning, because `np.seterr(…)` or `np.errstate(…)` in your notebook asks "
        "for it. For this check run `np.seterr(all='warn', under='ignore')`, NumPy's own setting.",
    ),
    (
        PermissionError,
        r"the exercise asks",
        "You may call the other functions of gru_ref, but not this one: write its formula yourself.",
    ),
    (
        ValueError,
        r"equal division",
        "`np.split(a, 3)` cuts the first axis, whose length must be a multiple of 3: was the array transposed before?",
    ),
    (
        TypeError,
        r"operand type.*'(RNN|GRU|LSTM)Params'",
        "`p` is a collection of arrays, not a number: access them by name, as in `p.W_iz`.",
    ),
    (
        TypeError,
        r"operand type.*'Model'|can't multiply sequence by non-int",
        "A list or a tree of arrays is not an array: compute with each of its arrays. Loop over a list, and use "
        "`gru_ref.tree_map(…)` for a tree.",
    ),
    (NameError, r"name '[Wb]_", "The parameters travel together in `p`: write `p.` before the name."),
    (
        UnboundLocalError,
        r"",
        "A variable is used before it has a value: give it a first value above the line shown, before the loop if there is one.",
    ),
    (
        NameError,
        r"name '[TBIHC]' is not defined",
        "Read a size off an argument, such as `B, H = h.shape` or `T = len(xs)`, in the function's first line.",
    ),
    (NameError, r"", "A name is used before it exists here: is it misspelt, or in a cell that you have not run yet?"),
    (
        AttributeError,
        r"Params' object has no attribute",
        "Look at the parameter's name: W or b, then i or h, then the gate.",
    ),
    (
        AttributeError,
        r"can't set attribute",
        "A NamedTuple cannot be changed; `p._replace(W_hn=…)` makes a new one with a different field.",
    ),
    (
        AttributeError,
        r"NoneType' object has no attribute 'append'",
        "Something is None. `the_list.append(x)` changes the list and returns nothing: don't write `a = a.append(x)`.",
    ),
    (AttributeError, r"NoneType", _NONE),
    (AttributeError, r"", "The object on the left of the dot has no such part. Print its type."),
    (
        TypeError,
        r"does not support item assignment",
        "Tuples cannot be changed. For a NamedTuple, `p._replace(W_hn=…)` makes a new one with a different field.",
    ),
    (TypeError, r"tuple indices must be", "Access a NamedTuple's parts with a dot: `p.W_hn`."),
    (TypeError, r"Params\.__new__", "Pass every field by its name: `GRUParams(W_ir=…, W_iz=…, …)`."),
    (TypeError, r"positional argument", "A function is called with too many or too few arguments."),
    (TypeError, r"unexpected keyword", "The called function has no argument of this name. Look at its first line."),
    (
        TypeError,
        r"'(int|float)' object is not iterable",
        "`for` goes through an array or a list; to count, use `range(…)`.",
    ),
    (TypeError, r"interpreted as an integer", "A size or a count is an integer: `//` divides without a remainder."),
    (
        TypeError,
        r"not callable",
        "Something that is not a function is called with (…): is a `*` missing, or are arguments in a different order?",
    ),
    (TypeError, r"NoneType", _NONE),
    (IndexError, r"only integers, slices", _INDEX),
    (IndexError, r"too many indices", "More indices than axes. Print the array's shape."),
    (IndexError, r"boolean index", "A mask has as many entries as the axis that it picks from. Print both shapes."),
    (IndexError, r"must be of integer", _INDEX),
    (
        IndexError,
        r"^shape mismatch",
        "Indices side by side, as in `a[i, j]`, pick one entry for each pair, so their shapes must fit. Print the shapes.",
    ),
    (
        IndexError,
        r"invalid index to scalar",
        "This is one number, so it has no entries. Print it: which array did you mean?",
    ),
    (IndexError, r"from empty", "It is empty, so there is nothing left to take. Print its length before this line."),
    (
        IndexError,
        r"^Dimension out of range|^Dimension specified as",
        "The tensor has fewer axes than you think: print its shape. Was an axis removed, by `squeeze`, by an index, or by a "
        "sum? (1-dimensional tensors have axis 0 alone.)",
    ),
    (
        IndexError,
        r"is out of bounds for (axis|dimension) \d+ with size 1$",
        "This axis has length 1, so its only index is 0. Is a batch of one row, or a sequence of one step, meant here?",
    ),
    (
        IndexError,
        r"out of (range|bounds)",
        "An index runs past the end. Arrays of size T are counted from 0 to T − 1.",
    ),
    (KeyError, r"", "The dict has no such key: print `the_dict.keys()`."),
    (StopIteration, r"", "`next(…)` found nothing more: what it iterates over is empty, or used up."),
    (ZeroDivisionError, r"", "A division by zero: print the divisor. For which of the arguments above is it 0?"),
    (
        RecursionError,
        r"",
        "The function calls itself forever: inside it, its name means itself. The course's version is `gru_ref.…`.",
    ),
    (SystemExit, r"", "The function tries to end the whole program. Use `return` instead of `exit`."),
]
