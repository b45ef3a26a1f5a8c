"""Tolerances for spectra: what two right programs differ by, and no more. For ``Exercise(…, **LOG_SPECTRA)``.

Two right programs transform in another order of operations, or compute in float32, whose unit of rounding is 6e-8. A transform
of some hundred samples then errs by about 1e-6 of a frame's largest amplitude. In a band that lies d times below the loudest
in amplitude, that is 2e-6 · d of its power, and the same in the natural logarithm: 2e-3 for 60 dB. A wrong window, scale or
normalisation moves the logarithms by 0.01 and more. So draw frames whose bands lie within 60 dB of the loudest.
"""

from types import MappingProxyType

LOG_SPECTRA = MappingProxyType({"rtol": 0.0, "atol": 2e-3, "any_float": True})  # natural logarithms of power
