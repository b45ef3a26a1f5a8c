"""Look back at the whole input: a weighted mean of the encoder's states. Lesson 15."""

import numpy as np

from gru_ref.checks import check_arrays, check_lengths
from gru_ref.padding import length_mask

TAUGHT_IN = {"*": 15}  # attention


def attend(query, keys, lengths):
    """Mean of the keys, each weighted by how well it fits the query; padding has no weight.

    score[t] = query · keys[t]
    weights  = softmax over the real steps t of score
    context  = Σ_t weights[t] keys[t]

    Parameters
    ----------
    query : (B, H) array, such as the decoder's state
    keys : (T, B, H) array, such as the encoder's states; the padding does not matter
    lengths : (B,) array of integers from 1 to T, in steps

    Returns
    -------
    context : (B, H) array
    weights : (T, B) array, zero in the padding; each column adds up to 1

    Raises
    ------
    ValueError
        If a shape does not fit the others, an array does not hold finite floats, or a length is not from 1 to T.

    Source: Luong et al. (2015), arXiv:1508.04025, global attention with the score "dot", which is not divided by √H.
    """
    sizes = check_arrays(query=(query, "B H"), keys=(keys, "T B H"))
    check_lengths(lengths, sizes["T"], sizes["B"])
    scores = np.einsum("tbh,bh->tb", keys, query)
    scores = np.where(length_mask(sizes["T"], lengths), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=0))
    weights /= weights.sum(axis=0)
    return np.einsum("tb,tbh->bh", weights, keys), weights
