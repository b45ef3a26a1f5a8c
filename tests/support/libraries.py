"""Other people's libraries for the tests: each function imports one, or skips the test and says how to install it."""

import os
import shutil
import subprocess

import pytest

PEERS = "{} is not installed: `make peers`, or pip install -e '.[peers]', and this test runs"
AUDIO = "{} is not installed: pip install -e '.[audio]', and this test runs"
MORE = "{} is not installed: pip install -e '.[more-peers]', and this test runs"


def keras():
    os.environ.setdefault("KERAS_BACKEND", "torch")  # read when Keras is imported, by whomever
    library = pytest.importorskip("keras", reason=PEERS.format("Keras"))
    if library.backend.backend() != "torch":
        pytest.skip(f"Keras is set to the backend {library.backend.backend()}: with KERAS_BACKEND=torch this test runs")
    return library


def librosa():
    return pytest.importorskip("librosa", reason=AUDIO.format("librosa"))


def onnx():
    pytest.importorskip("onnxruntime", reason=PEERS.format("onnxruntime"))
    return pytest.importorskip("onnx", reason=PEERS.format("onnx"))


def jax():
    return pytest.importorskip("jax", reason=PEERS.format("jax"))


def linen():
    jax()
    return pytest.importorskip("flax.linen", reason=PEERS.format("flax"))


def nnx():
    jax()
    return pytest.importorskip("flax.nnx", reason=PEERS.format("flax"))


def equinox():
    jax()
    return pytest.importorskip("equinox", reason=MORE.format("equinox"))


def haiku():
    jax()
    return pytest.importorskip("haiku", reason=MORE.format("dm-haiku"))


def mlx():
    return pytest.importorskip("mlx.nn", reason=MORE.format("mlx"))


def paddle():
    return pytest.importorskip("paddle", reason=MORE.format("paddlepaddle"))


def openvino():
    return pytest.importorskip("openvino", reason=MORE.format("openvino"))


def ncnn():
    return pytest.importorskip("ncnn", reason=MORE.format("ncnn"))


def tensorflow():
    return pytest.importorskip(
        "tensorflow", reason="TensorFlow is not installed: pip install tensorflow, and this test runs"
    )


def tfjs():
    return _of_node("@tensorflow/tfjs")


def brainjs():
    return _of_node("brain.js")


def gift_pegjs():
    return _of_node("gift-pegjs")


def _of_node(library):
    node = shutil.which("node")
    found = node and not subprocess.run([node, "-e", f"require.resolve({library!r})"], capture_output=True).returncode
    if not found:
        pytest.skip(
            f"{library} is not where Node looks for it: npm install {library}, set NODE_PATH, and this test runs"
        )
    return node
