"""compare.py <ours.json>: the forward times of the ops benchmark beside PyTorch's, one thread each, slowest first."""
import json
import sys
import time

import torch

SIDE = 1024
functional = torch.nn.functional

# What is called otherwise there, or needs more than matrices.
labels = torch.randint(0, SIDE, (SIDE,))
places = torch.randint(0, SIDE, (SIDE, SIDE))
OTHERS = {
    "all": lambda x: torch.all(x, 1),
    "any": lambda x: torch.any(x, 1),
    "cat": lambda x, y: torch.cat([x, y], 1),
    "clamp": lambda x, low=-1, high=1: torch.clamp(x, low, high),
    "copy": lambda x: x.t().contiguous(),
    "divide": torch.div,
    "equal": torch.eq,
    "gather": lambda x: torch.gather(x, 1, places),
    "index_select": lambda x: torch.index_select(x, 0, labels),
    "linear": functional.linear,
    "negate": torch.neg,
    "nll": lambda x: functional.nll_loss(x, labels),
    "normal_cdf": torch.special.ndtr,
    "scatter_add": lambda x: torch.zeros_like(x).scatter_add(1, places, x),
    "softmax_cross_entropy": lambda x: functional.cross_entropy(x, labels),
    "where": lambda condition, x, y: torch.where(condition != 0, x, y),
}
ALONG_ROWS = {"amax", "amin", "argmax", "argmin", "log_softmax", "logsumexp", "mean", "prod", "softmax", "std", "sum", "var"}


def peer_of(name):
    if name in OTHERS:
        return OTHERS[name]
    for module in (torch, torch.special, functional):
        if hasattr(module, name):
            function = getattr(module, name)
            return (lambda x: function(x, dim=1)) if name in ALONG_ROWS else function
    return None


def inputs_of(function, count):
    """So many matrices that the function takes: of numbers, or of integers; else None."""
    numbers = lambda: torch.rand(SIDE, SIDE) * 0.8 + 0.1
    integers = lambda: torch.randint(0, 40, (SIDE, SIDE))
    for matrix in (numbers, integers):
        matrices = [matrix() for _ in range(count)]
        try:
            function(*matrices)
            return matrices
        except (TypeError, RuntimeError, IndexError):
            continue
    return None


def best_time(function, inputs):
    best = float("inf")
    for _ in range(30):
        start = time.perf_counter()
        function(*inputs)
        best = min(best, time.perf_counter() - start)
    return best


def main():
    torch.set_num_threads(1)
    rows, alone = [], []
    for run in json.load(open(sys.argv[1]))["benchmarks"]:
        name, count = run["name"].split("/")[1:3]
        peer = peer_of(name)
        inputs = inputs_of(peer, int(count)) if peer else None
        if inputs is None:
            alone.append(name)
            continue
        rows.append((run["forward_us"] / best_time(peer, inputs) / 1e6, name, run["forward_us"], run["forward/limit"]))
    print(f"{'op':24}{'ours µs':>10}{'of limit':>10}{'of torch':>10}")
    for ratio, name, microseconds, limit in sorted(rows, reverse=True):
        print(f"{name:24}{microseconds:10.0f}{limit:10.2f}{ratio:10.2f}")
    print("without a peer:", " ".join(alone))


main()
