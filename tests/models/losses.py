"""Losses and their gradients by PyTorch: prints losses_by_pytorch.h. Run with torch installed."""
import torch
import torch.nn.functional as F


def walk(shape, low, high, start, step=0.6180339887498949):
    count = torch.Size(shape).numel()
    parts = [(start + step * i) % 1 for i in range(count)]
    return torch.tensor([round(low + p * (high - low), 3) for p in parts], dtype=torch.float64).reshape(shape)


def labels(*values):
    return torch.tensor(values)


x, z = walk((2, 3), -2, 2, 0.1), walk((2, 3), -2, 2, 0.3, 0.4142)
p, q = walk((2, 3), 0.05, 0.95, 0.2), walk((2, 3), 0.05, 0.95, 0.7, 0.4142)
signs = labels([1, -1, -1], [-1, 1, 1])
deep = walk((2, 3, 2), -2, 2, 0.45)
w = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
ranks = [walk((4,), -2, 2, 0.1), walk((4,), -2, 2, 0.55, 0.4142)]
vectors = [walk((2, 4), -2, 2, 0.1), walk((2, 4), -2, 2, 0.3, 0.4142), walk((2, 4), -2, 2, 0.6, 0.7321)]

# A name, the loss of its inputs and a reduction, the inputs: the gradient is by the first.
cases = [
    ("mse_loss", lambda r, a, b: F.mse_loss(a, b, reduction=r), x, z),
    ("l1_loss", lambda r, a, b: F.l1_loss(a, b, reduction=r), x, z),
    ("huber_loss", lambda r, a, b: F.huber_loss(a, b, delta=0.7, reduction=r), x, z),
    ("smooth_l1_loss", lambda r, a, b: F.smooth_l1_loss(a, b, beta=0.4, reduction=r), x, z),
    ("poisson_nll_loss", lambda r, a, b: F.poisson_nll_loss(a, b, full=True, reduction=r), x, 3 * q),
    ("poisson_nll_loss of rates", lambda r, a, b: F.poisson_nll_loss(a, b, log_input=False, eps=0.01, reduction=r), p, 3 * q),
    ("gaussian_nll_loss", lambda r, a, b, v: F.gaussian_nll_loss(a, b, v, full=True, reduction=r), x, z, p),
    ("gaussian_nll_loss of rows", lambda r, a, b, v: F.gaussian_nll_loss(a, b, v, reduction=r), x, z, p[:, :1]),
    ("binary_cross_entropy", lambda r, a, b: F.binary_cross_entropy(a, b, weight=w, reduction=r), p, q),
    ("binary_cross_entropy_with_logits",
     lambda r, a, b: F.binary_cross_entropy_with_logits(a, b, weight=2 * w, pos_weight=w, reduction=r), x, q),
    ("kl_div", lambda r, a, b: F.kl_div(a, b, reduction=r), torch.log(p), q),
    ("kl_div of logs", lambda r, a, b: F.kl_div(a, b, log_target=True, reduction=r), torch.log(p), torch.log(q)),
    ("nll_loss", lambda r, a, b: F.nll_loss(a, b, weight=w, reduction=r), x, labels(2, 1)),
    ("nll_loss in depth", lambda r, a, b: F.nll_loss(a, b, weight=w, ignore_index=1, reduction=r), deep,
     labels([2, 1], [0, 2])),
    ("cross_entropy", lambda r, a, b: F.cross_entropy(a, b, weight=w, label_smoothing=0.2, reduction=r), x, labels(2, 1)),
    ("cross_entropy of one", lambda r, a, b: F.cross_entropy(a, b, reduction=r), x[0], labels(2)[0]),
    ("cross_entropy in depth", lambda r, a, b: F.cross_entropy(a, b, weight=w, ignore_index=1, reduction=r), deep,
     labels([2, 1], [0, 2])),
    ("cross_entropy in depth, smooth",
     lambda r, a, b: F.cross_entropy(a, b, weight=w, ignore_index=1, label_smoothing=0.2, reduction=r), deep,
     labels([2, 1], [0, 2])),
    ("cross_entropy of distributions", lambda r, a, b: F.cross_entropy(a, b, weight=w, reduction=r), deep,
     torch.softmax(walk((2, 3, 2), -2, 2, 0.9), 1)),
    ("cross_entropy of one distribution", lambda r, a, b: F.cross_entropy(a, b, reduction=r), x[0], torch.softmax(z[0], 0)),
    ("hinge_embedding_loss", lambda r, a, b: F.hinge_embedding_loss(a, b, margin=0.5, reduction=r), x, signs),
    ("margin_ranking_loss", lambda r, a, b, y: F.margin_ranking_loss(a, b, y, margin=0.3, reduction=r), *ranks,
     labels(1, -1, -1, 1)),
    ("multi_margin_loss", lambda r, a, b: F.multi_margin_loss(a, b, reduction=r), x, labels(2, 1)),
    ("multi_margin_loss of squares", lambda r, a, b: F.multi_margin_loss(a, b, p=2, margin=0.8, weight=w, reduction=r), x,
     labels(2, 0)),
    ("multi_margin_loss of one", lambda r, a, b: F.multi_margin_loss(a, b, reduction=r), x[0], labels(2)[0]),
    ("multilabel_margin_loss", lambda r, a, b: F.multilabel_margin_loss(a, b, reduction=r), walk((3, 4), -2, 2, 0.3),
     labels([3, 0, -1, 1], [-1, 0, 1, 2], [1, 2, 0, 3])),
    ("multilabel_margin_loss of one", lambda r, a, b: F.multilabel_margin_loss(a, b, reduction=r), x[0], labels(2, 0, -1)),
    ("multilabel_soft_margin_loss", lambda r, a, b: F.multilabel_soft_margin_loss(a, b, weight=w, reduction=r), x, q),
    ("soft_margin_loss", lambda r, a, b: F.soft_margin_loss(a, b, reduction=r), x, signs),
    ("triplet_margin_loss", lambda r, a, b, c: F.triplet_margin_loss(a, b, c, reduction=r), *vectors),
    ("triplet_margin_loss with a swap",
     lambda r, a, b, c: F.triplet_margin_loss(a, b, c, margin=2, p=3, swap=True, reduction=r), *vectors),
    ("triplet_margin_loss of one", lambda r, a, b, c: F.triplet_margin_loss(a, b, c, margin=3, p=1, reduction=r),
     *(v[1] for v in vectors)),
    ("cosine_embedding_loss", lambda r, a, b, y: F.cosine_embedding_loss(a, b, y, margin=-0.5, reduction=r), *vectors[:2],
     labels(1, -1)),
    ("cosine_embedding_loss of one", lambda r, a, b, y: F.cosine_embedding_loss(a, b, y, reduction=r), vectors[0][1],
     vectors[1][1], labels(1)[0]),
]


def listed(numbers):
    return "{" + ", ".join(repr(n) for n in torch.as_tensor(numbers).flatten().tolist()) + "}"


def shown(t):
    shape = "{" + ", ".join(str(size) for size in t.shape) + "}"
    return f"{{{shape}, {listed(t)}, {str(t.is_floating_point()).lower()}}}"


print("""// Losses and their gradients by PyTorch %s. Written by losses.py.
#pragma once

#include <vector>

#include <gradtape/autograd/shape.h>

struct Input {
  gradtape::Shape shape;
  std::vector<double> numbers;
  bool floating;
};
struct ByPytorch {
  const char* name;
  std::vector<Input> inputs;
  std::vector<double> each;  // without a reduction
  double mean;
  std::vector<double> gradient;  // of the mean, by the first input
};

// clang-format off
const std::vector<ByPytorch> by_pytorch = {""" % torch.__version__.split("+")[0])
for name, loss, *inputs in cases:
    first = inputs[0].clone().requires_grad_()
    mean = loss("mean", first, *inputs[1:])
    mean.backward()
    each = loss("none", *inputs)
    print(f'    {{"{name}",\n     {{' + ",\n      ".join(shown(t) for t in inputs) + "},")
    print(f"     {listed(each)},\n     {mean.item()!r},\n     {listed(first.grad)}}},")
print("};\n// clang-format on")
