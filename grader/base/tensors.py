"""PyTorch's tensors as NumPy arrays, without importing torch if it is not imported yet."""


def to_arrays(value):
    """The same tuple, list or dict, with an array in place of each tensor; anything else as it is."""
    if is_tensor(value):
        return value.detach().cpu().numpy()
    if isinstance(value, dict):
        return {key: to_arrays(v) for key, v in value.items()}
    if hasattr(value, "_fields"):
        return type(value)(*map(to_arrays, value))
    if isinstance(value, (tuple, list)):
        return (tuple if isinstance(value, tuple) else list)(map(to_arrays, value))
    return value


def is_tensor(value):
    """Whether a value is a tensor, or a parameter of a module."""
    return type(value).__module__.startswith("torch") and hasattr(value, "detach") and hasattr(value, "shape")
