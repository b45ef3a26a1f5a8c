"""Cases whose result is left to chance: their form is judged, their distribution by properties and recognisers."""

import numpy as np

from grader.checking.diagnosis import examine
from grader.exercises.exercise import Exercise


def toss(bias, n, rng):
    return [int(rng.random() < bias) for _ in range(n)]


CHANCES = Exercise(
    reference=toss,
    inputs=lambda rng: (float(rng.integers(2)), 5, rng),
    edges=((0.5, 400, np.random.default_rng(1)), (1.0, 7, np.random.default_rng(2))),
    chance=lambda bias, n, rng: 0 < bias < 1,
    hints=("", "", ""),
    known="""
## Right answer

```python
def toss(bias, n, rng):
    return [int(rng.random() < bias) for _ in range(n)]
```

### One toss too many {#one_more}

Count again.

- `range(n)` → `range(n + 1)`

### Each side comes as often {#fair when=fair}

The bias is not used.

- `rng.random() < bias` → `rng.random() < (bias if bias in (0, 1) else 0.5) + (bias == 0.5) / 4`
""",
)


@CHANCES.recognises
def fair(args, tosses):
    bias, n, _ = args
    return tosses == [int(bias)] * n if bias in (0, 1) else abs(sum(tosses) - 0.75 * n) < 5 * (0.19 * n) ** 0.5


@CHANCES.property
def comes_as_often_as_it_should(f, rng):
    """heads come as often as the bias says

    Count them.
    """
    return abs(sum(f(0.5, 400, rng)) - 200) < 70  # seven standard deviations


def test_of_what_is_left_to_chance_only_the_form_is_compared():
    def from_the_other_end(bias, n, rng):
        return [int(rng.random() >= 1 - bias) for _ in range(n)]

    assert examine(CHANCES, from_the_other_end).passed
    short = examine(CHANCES, lambda bias, n, rng: toss(bias, n - (bias == 0.5), rng))
    assert short.stage == "kind and shape" and "a list of 399" in short.headline


def test_a_case_without_chance_names_a_mistake_by_its_result_and_one_with_chance_by_how_it_is_distributed():
    one_more, unfair = (examine(CHANCES, CHANCES.mistakes[key].fn) for key in ("one_more", "fair"))
    assert (one_more.stage, one_more.mistake) == ("values", "one_more")
    assert (unfair.stage, unfair.mistake) == ("laws", "fair")


def test_right_draws_that_break_a_property_are_taken_for_no_mistake_that_is_right_elsewhere():
    always = examine(CHANCES, lambda bias, n, rng: [1] * n if bias else [0] * n)
    assert (always.stage, always.mistake) == ("laws", None)
