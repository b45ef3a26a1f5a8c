"""Known mistakes in Markdown: reading them, combining two, and the errors for text that cannot be read."""

import numpy as np
import pytest

import gru_ref
from grader.checking.diagnosis import examine
from grader.exercises import bank
from grader.exercises.exercise import Exercise
from grader.exercises.mistakes import MistakesError, read_mistakes

KNOWN = """# `half_life`

## Right answer

```python
def half_life(z):
    if not 0 < z < 1:
        raise ValueError("z should lie between 0 and 1")
    return np.log(0.5) / np.log(z)
```

## Right answer: quotient

```python
def half_life(z):
    return -np.log(2) / np.log(z)
```

### Twice as long {#doubled}

Something is counted twice.
Look at the `0.5`.

- `np.log(0.5)` → `2 * np.log(0.5)`

### The sign is lost {#negative}

A time is positive.

- `return np` → `return -np`

### It refuses nothing {#accepts_all of=quotient when=never}

Times of numbers outside of 0 and 1 mean nothing.

- `-np.log(2)` → `-np.log(2.0)`

### It begins from one {#from_one}

```diff
-    if not 0 < z < 1:
-        raise ValueError("z should lie between 0 and 1")
@@
-    return np.log(0.5) / np.log(z)
+    return 1 + np.log(0.5) / np.log(z)
```

### All takes seven steps {#seven}

```python
def half_life(z):
    # Not a heading:
    ## nor is this
    return 7.0
```

## Two at once

- `doubled`
- `negative`, `seven`
- not `doubled` + `seven`
"""


def never(args, result):
    return False


def read(text):
    return read_mistakes(text, "half_life", {"never": never})


def exercise(known=KNOWN):
    made = Exercise(
        reference=gru_ref.half_life, inputs=lambda rng: (rng.uniform(0.1, 0.9),), hints=("", "", ""), known=known
    )
    made.recognises(never)
    return made


def test_a_mistake_has_its_title_its_advice_and_its_answer():
    doubled = read(KNOWN).mistakes["doubled"]
    assert (doubled.name, doubled.advice) == ("Twice as long", "Something is counted twice. Look at the `0.5`.")
    assert "return 2 * np.log(0.5) / np.log(z)" in doubled.source
    assert np.isclose(doubled.fn(0.5), 2)


def test_edits_blocks_of_lines_and_whole_answers():
    known = read(KNOWN)
    assert list(known.mistakes) == ["doubled", "negative", "accepts_all", "from_one", "seven"]
    assert known.mistakes["from_one"].source == "def half_life(z):\n    return 1 + np.log(0.5) / np.log(z)\n"
    assert known.mistakes["seven"].source.endswith("    ## nor is this\n    return 7.0\n")
    assert "np.log(2.0)" in known.mistakes["accepts_all"].source and known.mistakes["accepts_all"].when is never


def test_mistakes_are_named_and_two_at_once_are_both_named():
    made = exercise()
    assert examine(made, made.mistakes["doubled"].fn).mistake == "doubled"
    ((first, second, both),) = made.pairs
    assert (first.key, second.key) == ("doubled", "negative")
    assert examine(made, both.fn).mistake == "doubled+negative"


def test_an_exception_holds_in_either_order():
    turned = read(KNOWN.replace("- not `doubled` + `seven`", "- not `seven` + `doubled`"))
    assert [both.key for *_, both in turned.pairs] == ["doubled+negative"]


def test_what_two_mistakes_change_alike_is_changed_once():
    text = KNOWN.replace("- `return np` → `return -np`", "- `return np` → `return -np`\n- `0 < z` → `0 <= z`")
    text = text.replace("- `np.log(0.5)` → `2", "- `0 < z` → `0 <= z`\n- `np.log(0.5)` → `2")
    ((*_, both),) = read(text).pairs
    assert both.source.count("<=") == 1


def test_nothing_is_read_or_compiled_before_it_is_needed(tmp_path):
    path = tmp_path / "half_life.md"
    made = exercise(path)
    assert examine(made, lambda z: np.log(0.5) / np.log(z) if 0 < z < 1 else refuse()).passed
    path.write_text(KNOWN.replace("return 7.0", "return ("), encoding="utf-8")
    assert examine(made, lambda z: -np.log(0.5) / np.log(z) if 0 < z < 1 else refuse()).mistake == "negative"


def refuse():
    raise ValueError("z should lie between 0 and 1")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "- `return np` →",
            "- `np.exp` →",
            "under `The sign is lost`: 'np.exp' occurs 0 times in the right answer, but",
        ),
        (
            "- `return np` →",
            "- `np.log` →",
            "under `The sign is lost`: 'np.log' occurs 2 times in the right answer, but",
        ),
        ("- `return np` → `return -np`", "- return np → return -np", "is not an edit: write - `right` → `wrong`"),
        ("- `return np` → `return -np`", "- `z` is wrong", "is not an edit"),
        ("- `return np` → `return -np`", "Nothing.", "under `The sign is lost`: there should be one ```diff block"),
        ("- `return np`", "- `np.log(0.5) / np` → `0`\n- `np.log(0.5) /`", "two of its edits change the same text"),
        ("{#negative}", "{#doubled}", "under `The sign is lost`: the key doubled is used twice"),
        ("{#negative}", "{#negative of=loop}", "there is no `## Right answer: loop` above"),
        ("{#negative}", "{#negative when=often}", "no function called often recognises mistakes of half_life"),
        ("### The sign is lost {#negative}", "### The sign is lost", "a heading is `## Right answer`, "),
        ("## Two at once", "## Two at a time", "under `Two at a time`: a heading is "),
        ("- `doubled`\n", "- `doubled` and\n", "is not a group: write - `key`, `key`, or - not `key` + `key`"),
        ("`negative`, `seven`", "`negative`, `eight`", "under `## Two at once`: no mistake has the key eight"),
        ("not `doubled` + `seven`", "not `seven` + `negative`", "negative and seven would never be combined"),
        ("return 7.0\n```", "return 7.0", "the block that begins with ``` has no end"),
        ("# `half_life`", "half_life", "'half_life' is above the first heading"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(tmp_path, old, new, said):
    assert old in KNOWN
    path = tmp_path / "half_life.md"
    path.write_text(KNOWN.replace(old, new), encoding="utf-8")
    with pytest.raises(MistakesError) as raised:
        read(path)
    assert str(raised.value).startswith("half_life.md: ") and said in str(raised.value)


def test_two_mistakes_that_cannot_be_made_at_once_are_an_error():
    text = KNOWN.replace("- not `doubled` + `seven`\n", "")
    with pytest.raises(MistakesError, match="doubled and seven cannot be combined: both should be edits of the same"):
        read(text).pairs  # noqa: B018


@pytest.mark.parametrize("lesson", bank())
def test_a_title_and_its_advice_are_written_so_that_they_can_be_shown(lesson):
    """In a card: a title is a line without a full stop, and code is between backticks."""
    for made in bank()[lesson].values():
        for mistake in made.mistakes.values():
            assert not mistake.name.endswith(".") and mistake.advice
            assert mistake.name.count("`") % 2 == mistake.advice.count("`") % 2 == 0, mistake.key
