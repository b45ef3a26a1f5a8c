"""The process in which `gru_ref.espeak` speaks, run as a script: it needs nothing but Python and the library.

espeak-ng keeps a state from one clip to the next, which nothing resets: the second clip of a word differs from the first. It
also draws random numbers that begin with the time of day. So every call speaks in a process of its own, from a fixed seed, and
the same requests give the same clips.

It reads a JSON object from its standard input: ``library`` and ``data``, two paths, and ``requests``, a list of [text, voice,
words per minute, pitch]. It writes the sampling rate, then for each clip the number of its samples, both as 32-bit integers,
and its samples, as 16-bit integers.
"""

import ctypes
import json
import sys
from array import array

TAUGHT_IN = {"*": None}  # data

SYNCHRONOUS, AT_CHARACTERS, UTF_8 = 2, 1, 1  # of espeak-ng's speak_lib.h
RATE, PITCH = 1, 3
SEED = 1
TAKEN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def main():
    """Speak what standard input asks for."""
    asked = json.load(sys.stdin)
    espeak = ctypes.CDLL(asked["library"])
    samples = array("h")

    @TAKEN
    def take(wave, count, _):
        if wave and count > 0:
            samples.extend(wave[:count])
        return 0

    rate = espeak.espeak_Initialize(SYNCHRONOUS, 0, asked["data"].encode(), 0)
    if rate <= 0:
        sys.exit(f"espeak-ng does not start with its data in {asked['data']}")
    espeak.espeak_ng_SetRandSeed(ctypes.c_long(SEED))
    espeak.espeak_SetSynthCallback(take)
    sys.stdout.buffer.write(array("i", [rate]).tobytes())
    for text, voice, speed, pitch in asked["requests"]:
        del samples[:]
        _succeed(espeak.espeak_SetVoiceByName(voice.encode()), f"has no voice {voice!r}")
        _succeed(espeak.espeak_SetParameter(RATE, speed, 0), f"does not speak {speed} words per minute")
        _succeed(espeak.espeak_SetParameter(PITCH, pitch, 0), f"does not speak at the pitch {pitch}")
        said = text.encode() + b"\0"
        _succeed(
            espeak.espeak_Synth(said, ctypes.c_size_t(len(said)), 0, AT_CHARACTERS, 0, UTF_8, None, None),
            f"does not say {text!r}",
        )
        sys.stdout.buffer.write(array("i", [len(samples)]).tobytes() + samples.tobytes())


def _succeed(code, problem):
    """End the process if espeak-ng's return code reports a failure: it would go on with its last voice."""
    if code != 0:
        sys.exit(f"espeak-ng {problem} (code {code})")


if __name__ == "__main__":
    main()
