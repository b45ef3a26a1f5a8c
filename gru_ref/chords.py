"""Draw chords with a given number of keys, from logits that belong to keys one by one. Introduced in lesson 17."""

import numpy as np

from gru_ref.checks import check_arrays, check_between, check_generator, check_index

TAUGHT_IN = {"*": None}  # the lesson shows it

_LARGEST = 1e300


def sample_chord(logits, notes, temperature, rng):
    """Draw a frame as `gru_ref.sample_frame` does, given that exactly so many keys are down in it.

    A frame with these keys has a probability in proportion to the product of exp(logit / temperature) over them.

    Parameters
    ----------
    logits : (K,) array
    notes : int from 0 to K
    temperature : float above 0
    rng : numpy.random.Generator

    Returns
    -------
    frame : (K,) array of 0.0 and 1.0, with `notes` ones

    Raises
    ------
    ValueError
        If logits is no such array of finite floats, notes or temperature is out of range, or rng is no Generator.

    Source: the conditional Bernoulli distribution; S.X. Chen and J.S. Liu (1997), Statistica Sinica 7. The sums over all sets
    of keys are those of elementary symmetric polynomials, computed from the last key to the first, in logarithms.
    """
    check_arrays(logits=(logits, "K"))
    K = len(logits)
    check_index("notes", notes, K)
    check_between("temperature", temperature, 0, np.inf)
    check_generator(rng)
    scores = np.clip(logits / temperature, -_LARGEST, _LARGEST)
    sums = np.full((K + 1, notes + 1), -np.inf)  # sums[k, n]: of all sets of n keys from k on
    sums[K, 0] = 0
    for k in reversed(range(K)):
        sums[k] = sums[k + 1]
        sums[k, 1:] = np.logaddexp(sums[k, 1:], scores[k] + sums[k + 1, :-1])
    frame, left = np.zeros(K), notes
    for k in range(K):
        if left and np.log(rng.random()) < scores[k] + sums[k + 1, left - 1] - sums[k, left]:
            frame[k], left = 1.0, left - 1
    return frame
