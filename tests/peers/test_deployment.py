"""Outside Python the results are the same: our modules exported and compiled, and PyTorch's through ONNX.

The parts with ONNX are skipped where onnx, onnxscript and ONNX Runtime are missing; ``make peers`` installs them.
"""

import io
import logging
import warnings

import numpy as np
import pytest
import torch

from gru_ref import torch_models

pytestmark = pytest.mark.system
T, B, I, H = 3, 2, 4, 5
HOW = "{} is not installed: `make peers`, or pip install -e '.[peers]', and this test runs"
FLOAT32 = 1e-5


def Unpacked(*sizes):
    """What the docstring of SequenceClassifier says of a model that can be exported."""

    class Unpacked(torch_models.SequenceClassifier):
        def forward(self, xs, lengths):
            hs, _ = self.gru(xs)
            return self.out(hs[lengths - 1, torch.arange(lengths.shape[0])])

    return Unpacked(*sizes)


def any_batch(*axes):
    """For each argument, the axis B, whose size an exported program leaves open."""
    B = torch.export.Dim("B", min=1, max=64)
    return tuple({axis: B} for axis in axes)


def telling(module, seed=0):
    """The module with weights that tell conventions apart: all different, and three times as large as fresh ones."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(torch.empty_like(p).uniform_(-3 * H**-0.5, 3 * H**-0.5))
    return module.eval()


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


CELL = lambda B=B, seed=0: (draw(B, I, seed=seed), draw(B, H, seed=seed + 1).tanh())  # noqa: E731
LAYER = lambda B=B, T=T, seed=0: (draw(T, B, I, seed=seed),)  # noqa: E731


def with_lengths(B=B, T=T, seed=0):
    return draw(T, B, I, seed=seed), T - torch.arange(B) % T


def through(B=B, seed=0):
    xs, lengths = with_lengths(B, seed=seed)
    return xs, draw(2, B, H, seed=seed + 1).tanh(), lengths


# name: module, arguments for any B, which axes are B
OURS = {
    "cell": (lambda: torch_models.GRUCell(I, H), CELL, (0, 0)),
    "layer": (lambda: torch_models.GRULayer(I, H), LAYER, (1,)),
    "layer, two directions, lengths": (
        lambda: torch_models.GRULayer(I, H, bidirectional=True),
        through,
        (1, 1, 0),
    ),
    "classifier, unpacked": (lambda: Unpacked(I, H, 3), with_lengths, (1, 0)),
}
each_of_ours = pytest.mark.parametrize("name", OURS)
each_of_our_layers = pytest.mark.parametrize("name", [name for name in OURS if "classifier" not in name])


def assert_equal(got, wanted, atol=FLOAT32):
    got, wanted = (out if isinstance(out, (tuple, list)) else (out,) for out in (got, wanted))
    assert len(got) == len(wanted)
    for a, b in zip(got, wanted, strict=True):
        np.testing.assert_allclose(np.asarray(a), b.detach().numpy(), rtol=0, atol=atol)


# ------------------------------------------------------------------------------------------------- export and compile


@pytest.mark.parametrize("strict", [False, True])
@each_of_ours
def test_our_modules_are_exported_for_any_number_of_sequences(name, strict):
    make, arguments, axes = OURS[name]
    module = telling(make())
    program = torch.export.export(module, arguments(), dynamic_shapes=any_batch(*axes), strict=strict).module()
    for B in (2, 7):
        assert_equal([out.detach() for out in _several(program(*arguments(B, seed=9)))], module(*arguments(B, seed=9)))


@each_of_our_layers
def test_our_modules_are_one_graph(name):
    make, arguments, _ = OURS[name]
    torch._dynamo.reset()
    module = telling(make())
    explained = torch._dynamo.explain(module)(*arguments())
    assert (explained.graph_count, explained.graph_break_count) == (1, 0), explained.break_reasons
    compiled = torch.compile(module, fullgraph=True, backend="eager")
    assert_equal([out.detach() for out in _several(compiled(*arguments()))], module(*arguments()))


@pytest.mark.parametrize("strict", [False, True])
def test_an_exported_layer_refuses_another_number_of_steps(strict):
    program = torch.export.export(torch_models.GRULayer(I, H), LAYER(), strict=strict).module()
    with pytest.raises(AssertionError, match=r"Guard failed: xs.size\(\)\[0\] == 3"):
        program(*LAYER(T=T + 1))


def test_what_the_docstrings_say_cannot_be_exported_cannot():
    with pytest.raises(Exception, match=r"size|pack_padded_sequence"):
        torch.export.export(torch_models.SequenceClassifier(I, H, 3), with_lengths())


def test_packed_or_not_the_scores_are_the_same():
    packed = telling(torch_models.SequenceClassifier(I, H, 3))
    unpacked = Unpacked(I, H, 3)
    unpacked.load_state_dict(packed.state_dict())
    assert_equal(unpacked(*with_lengths(4)).detach(), packed(*with_lengths(4)), atol=1e-6)


def test_shapes_are_checked_while_exporting_too():
    with pytest.raises(Exception, match=r"its I should be 4"):
        torch.export.export(torch_models.GRUCell(I, H), (draw(B, I + 1), draw(B, H)))


def test_vmap_and_jacobians_go_through_the_cell():
    cell = telling(torch_models.GRUCell(I, H))
    x, h = CELL(B=3)
    each = torch.func.vmap(lambda x, h: cell(x[None], h[None])[0])(x, h)
    assert_equal(each.detach(), cell(x, h))
    forward, reverse = (jac(lambda h: cell(x, h))(h).detach() for jac in (torch.func.jacfwd, torch.func.jacrev))
    assert_equal(forward, reverse)


def test_on_the_device_meta_there_are_shapes_alone():
    cell = torch_models.GRUCell(I, H).to("meta")
    assert cell(torch.empty(B, I, device="meta")).shape == (B, H)


def _several(out):
    return out if isinstance(out, (tuple, list)) else (out,)


# ---------------------------------------------------------------------------------- what PyTorch's own GRU does instead


def test_torch_compile_makes_no_graph_of_nn_gru():
    from torch._dynamo.testing import CompileCounter  # takes a second, which no other test should wait for

    torch._dynamo.reset()
    graphs = CompileCounter()
    gru = torch.nn.GRU(I, H)
    assert_equal([o.detach() for o in torch.compile(gru, backend=graphs)(*LAYER())], gru(*LAYER()))
    assert graphs.frame_count == 0


def test_torch_export_freezes_the_number_of_steps_of_nn_gru():
    gru = torch.nn.GRU(I, H)
    with pytest.raises(Exception, match="specialized it to be a constant"):
        torch.export.export(gru, LAYER(), dynamic_shapes=({0: torch.export.Dim("T")},))
    program = torch.export.export(gru, LAYER(), dynamic_shapes=any_batch(1)).module()
    assert_equal([o.detach() for o in program(*LAYER(B=6))], gru(*LAYER(B=6)))


@pytest.mark.filterwarnings("ignore")  # that quantisation will move to another package
@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
def test_under_autocast_the_states_of_nn_gru_keep_the_dtype_that_they_begin_with(kind):
    layer, h0 = getattr(torch.nn, kind)(I, H), torch.zeros(1, B, H)
    began = {"nothing": None, "float32": (h0, h0) if kind == "LSTM" else h0}
    seen = {}
    for dtype in (torch.float32, torch.bfloat16):
        for name, h in began.items():
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                seen[dtype, name] = layer(draw(T, B, I).to(dtype), h)[0].dtype
    half = {case for case, found in seen.items() if found is torch.bfloat16}
    assert half == (set(seen) if kind == "LSTM" else {(torch.bfloat16, "nothing")})


def test_quantize_dynamic_leaves_a_bare_gru_as_it_is():
    quantized = torch.ao.quantization.quantize_dynamic(torch.nn.GRU(I, H), {torch.nn.GRU})
    assert type(quantized) is torch.nn.GRU
    inside = torch.ao.quantization.quantize_dynamic(torch.nn.Sequential(torch.nn.GRU(I, H)), {torch.nn.GRU})
    assert type(inside[0]) is torch.ao.nn.quantized.dynamic.GRU


# ---------------------------------------------------------------------------------------------------------------- ONNX


@pytest.fixture
def onnx():
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    pytest.importorskip("onnxruntime", reason=HOW.format("onnxruntime"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield pytest.importorskip("onnx", reason=HOW.format("onnx"))


@pytest.fixture
def onnxscript():
    return pytest.importorskip("onnxscript", reason=HOW.format("onnxscript"))


def by_the_default(module, arguments, **options):
    """The file that ``torch.onnx.export`` writes."""
    return torch.onnx.export(module, arguments, verbose=False, **options).model_proto.SerializeToString()


def by_tracing(module, arguments, axes):
    """The file that ``torch.onnx.export(…, dynamo=False)`` writes, with these axes of the inputs of any size."""
    file = io.BytesIO()
    names = [f"input_{k}" for k in range(len(arguments))]
    torch.onnx.export(
        module,
        arguments,
        file,
        dynamo=False,
        input_names=names,
        dynamic_axes=dict(zip(names, ({k: f"size_{k}" for k in of} for of in axes), strict=True)),
    )
    return file.getvalue()


def run(file, arguments):
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]
    return session.run(None, {name: a.numpy() for name, a in zip(names, arguments, strict=True)})


def resets_after(onnx, file):
    """What the file's GRU nodes say of where they reset."""
    nodes = [node for node in onnx.load_from_string(file).graph.node if node.op_type == "GRU"]
    (said,) = {a.i for node in nodes for a in node.attribute if a.name == "linear_before_reset"}
    return bool(said)


@each_of_ours
def test_our_modules_through_onnx_by_tracing(onnx, name):
    make, arguments, axes = OURS[name]
    module = telling(make())
    file = by_tracing(module, arguments(), [{axis} for axis in axes])
    for B in (2, 7):
        assert_equal(run(file, arguments(B, seed=9)), module(*arguments(B, seed=9)))


@each_of_our_layers  # (what the default exporter makes of nn.GRU, of which the classifier is made, is tested below)
def test_our_modules_through_onnx_by_the_default_exporter(onnx, onnxscript, name):
    make, arguments, axes = OURS[name]
    module = telling(make())
    file = by_the_default(module, arguments(), dynamic_shapes=any_batch(*axes))
    for B in (2, 7):
        assert_equal(run(file, arguments(B, seed=9)), module(*arguments(B, seed=9)))


@pytest.mark.parametrize(("layers", "both_ways"), [(1, False), (2, True)])
def test_nn_gru_through_onnx_by_tracing_reads_any_sizes(onnx, layers, both_ways):
    module = telling(torch.nn.GRU(I, H, layers, bidirectional=both_ways))
    file = by_tracing(module, LAYER(), [{0, 1}])
    assert resets_after(onnx, file)
    for sizes in ({}, {"B": 7}, {"T": 9}, {"T": 1, "B": 1}):
        assert_equal(run(file, LAYER(**sizes)), module(*LAYER(**sizes)))


def test_a_classifier_through_onnx_by_tracing_reads_any_sizes(onnx):
    module = telling(Unpacked(I, H, 3))
    file = by_tracing(module, with_lengths(), [{0, 1}, {0}])
    for sizes in ((2, 3), (7, 3), (3, 9)):
        assert_equal(run(file, with_lengths(*sizes)), module(*with_lengths(*sizes)))


def test_comparing_numbers_shows_what_the_default_exporter_wrote(onnx, onnxscript):
    """onnxscript 0.7.0 writes a GRU that resets before the product, 0.7.1 and 0.7.2 the right one."""
    module = telling(torch.nn.GRU(I, H))
    file = by_the_default(module, LAYER())
    apart = np.abs(run(file, LAYER())[0] - module(*LAYER())[0].detach().numpy()).max()
    assert (apart < FLOAT32) == resets_after(onnx, file)
    assert apart < FLOAT32 or apart > 0.1
    assert resets_after(onnx, file) == (onnxscript.__version__ != "0.7.0")


def test_the_default_exporter_freezes_the_number_of_steps(onnx, onnxscript):
    file = by_the_default(torch.nn.GRU(I, H).eval(), LAYER(), dynamic_shapes=({0: torch.export.Dim("T")},))
    with pytest.raises(Exception, match="Got: 9 Expected: 3"):
        run(file, LAYER(T=9))


def onnx_tests_of_gru(onnx):
    """ONNX's own tests of its GRU: dict from name to (model, inputs, outputs)."""
    from onnx.backend.test.case.node import collect_testcases

    np.random.seed(0)  # one of them draws its weights
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # from other operators' tests
        return {c.name: (c.model, *c.data_sets[0]) for c in collect_testcases("GRU")}


def passes(onnx, model, inputs, wanted):
    """Whether outputs are those wanted, within the tolerance that ONNX asks for."""
    from onnx.reference import ReferenceEvaluator

    names = [given.name for given in model.graph.input]
    got = ReferenceEvaluator(model).run(None, dict(zip(names, inputs, strict=True)))
    return all(np.allclose(a, b, rtol=1e-3, atol=1e-7) for a, b in zip(got, wanted, strict=True))


def with_gates_in_the_order(order, inputs):
    """W, R and B with their blocks of H rows, which are z, r and h, put in another order."""
    X, W, R, *biases = inputs
    H = R.shape[-1]

    def put(a):
        blocks = a.reshape(len(a), -1, 3, H, *a.shape[2:])
        return blocks[:, :, order].reshape(a.shape)

    return [X, *map(put, (W, R, *biases))]


def test_five_of_onnx_six_tests_of_a_gru_are_blind(onnx):
    """As lesson 11 says: they cannot tell one gate from another, nor a reset before from one after."""
    found = onnx_tests_of_gru(onnx)
    assert len(found) == 6
    blind = set()
    for name, (model, inputs, wanted) in found.items():
        assert passes(onnx, model, inputs, wanted)
        after = onnx.ModelProto.FromString(model.SerializeToString())
        after.graph.node[0].attribute.append(onnx.helper.make_attribute("linear_before_reset", 1))
        wrong = [passes(onnx, after, inputs, wanted)]
        for order in ([1, 0, 2], [0, 2, 1], [2, 1, 0]):
            wrong.append(passes(onnx, model, with_gates_in_the_order(order, inputs), wanted))
        assert all(wrong) or not any(wrong), name
        if all(wrong):
            blind.add(name)
        equal = all((a == a.reshape(len(a), -1)[:, :1].reshape(-1, 1, 1)).all() for a in inputs[1:3])
        assert equal == (name in blind), "their weights are blind: one number in a whole matrix"
    assert set(found) - blind == {"test_gru_seq_length"}
