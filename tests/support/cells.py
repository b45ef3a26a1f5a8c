"""Classes as people write them for an exercise that asks for a GRU cell: a right one, and wrong ones."""

import torch

import gru_ref


class Right(torch.nn.Module):
    def __init__(self, I, H):
        super().__init__()
        self.weight_ih = torch.nn.Parameter(torch.zeros(3 * H, I))
        self.weight_hh = torch.nn.Parameter(torch.zeros(3 * H, H))
        self.bias_ih = torch.nn.Parameter(torch.zeros(3 * H))
        self.bias_hh = torch.nn.Parameter(torch.zeros(3 * H))

    def forward(self, x, h):
        r, z, n = (x @ self.weight_ih.T + self.bias_ih).chunk(3, 1)
        hr, hz, hn = (h @ self.weight_hh.T + self.bias_hh).chunk(3, 1)
        r, z = torch.sigmoid(r + hr), torch.sigmoid(z + hz)
        return (1 - z) * torch.tanh(n + r * hn) + z * h


class Forgetful(Right):
    def forward(self, x, h):
        r, z, n = (x @ self.weight_ih.T + self.bias_ih).chunk(3, 1)
        hr, hz, hn = (h @ self.weight_hh.T).chunk(3, 1)
        r, z = torch.sigmoid(r + hr), torch.sigmoid(z + hz)
        return (1 - z) * torch.tanh(n + r * hn) + z * h


class Untransposed(Right):
    def forward(self, x, h):
        return x @ self.weight_ih + h


class Detached(Right):
    def forward(self, x, h):
        return super().forward(x, h).detach()


class AsATuple(Right):
    def forward(self, x, h):
        return super().forward(x, h), h


class Unsuper(torch.nn.Module):
    def __init__(self, I, H):
        self.weight_ih = torch.nn.Parameter(torch.zeros(3 * H, I))


class Misnamed(Right):
    def __init__(self, I, H):
        super().__init__(I, H)
        self.bias = self.bias_hh
        del self.bias_hh


class ForwardMissing(torch.nn.Module):
    def __init__(self, I, H):
        super().__init__()
        for name, value in Right(I, H).named_parameters():
            self.register_parameter(name, value)


class Stub(torch.nn.Module):
    def __init__(self, I, H):
        raise NotImplementedError("GRUCell is yours to write")


class HalfAStub(Right):
    def forward(self, x, h):
        raise NotImplementedError("GRUCell is yours to write")


class TakesOne(Right):
    def __init__(self, I):
        super().__init__(I, I)


class InheritsTheCourses(gru_ref.GRUCell):
    pass


class HoldsTheCourses(Right):
    def forward(self, x, h):
        cell = gru_ref.GRUCell(x.shape[1], h.shape[1])
        cell.load_state_dict(self.state_dict())
        return cell(x, h)


class HoldsPyTorchs(Right):
    def forward(self, x, h):
        return torch.nn.GRUCell(x.shape[1], h.shape[1])(x, h)


def GivesNothing(I, H):
    """Forgets its return."""
