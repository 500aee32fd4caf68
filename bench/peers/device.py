"""device.py <ours.json>: gradtape's device benchmarks beside PyTorch (eager, a CUDA graph, torch.compile) and JAX on the same
card, in microseconds, where these are installed. The ratio is ours, captured, to the fastest of the others.

    build/bench/bin/benchmarks --benchmark_filter=^cuda_ --benchmark_out=ours.json --benchmark_out_format=json
    python3 bench/peers/device.py ours.json
"""
import json
import sys
import time

ROUNDS, INNER = 5, 20


def best(run, wait):
    for _ in range(3):
        run()
    wait()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(INNER):
            run()
        wait()
        times.append((time.perf_counter() - start) / INNER)
    return min(times) * 1e6


class Torch:
    """Each of the benchmarks as a function that makes what is timed; None where there is no such benchmark."""

    kinds = ("torch", "torch_graph", "torch_compile")

    def __init__(self):
        import torch

        if not torch.cuda.is_available():
            raise RuntimeError("it sees no GPU")
        self.torch = torch

    def wait(self):
        self.torch.cuda.synchronize()

    def kind(self, kind, make):
        if kind == "torch":
            return make(lambda f: f)
        if kind == "torch_compile":
            return make(self.torch.compile)
        torch, run = self.torch, make(lambda f: f)
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                run()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            run()
        return graph.replay

    def find(self, name, sizes):
        torch, functional = self.torch, self.torch.nn.functional
        steps = {
            "softmax_step": lambda b, d, c: self.training(lambda: [torch.nn.Linear(d, c)], torch.optim.SGD, {"lr": 0.1}, b, d, c),
            "network_adam_step": lambda b: self.training(
                lambda: [torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Linear(256, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10)],
                torch.optim.Adam, {"fused": True, "capturable": True}, b, 784, 10),
            "tanh_affine_and_gradients": self.affine_tanh,
            "adam_step": self.adam,
            "matmul_float32": lambda n: self.product(n, torch.float32),
            "matmul_bfloat16": lambda n: self.product(n, torch.bfloat16),
        }
        ops = {
            "tanh": torch.tanh,
            "exp": torch.exp,
            "add_row": lambda x: x + x[0],
            "bfloat16_tanh": lambda x: torch.tanh(x.to(torch.bfloat16)).to(torch.float32),
            "sum": torch.sum,
            "sum_of_rows": lambda x: torch.sum(x, 1),
            "sum_of_columns": lambda x: torch.sum(x, 0),
            "softmax": lambda x: functional.softmax(x, 1),
            "log_softmax": lambda x: functional.log_softmax(x, 1),
            "layer_norm": lambda x: functional.layer_norm(x, x.shape[-1:]),
            "cumsum": lambda x: torch.cumsum(x, 1),
            "transpose": lambda x: x.t().contiguous(),
            "sort": lambda x: torch.sort(x, 1)[0],
        }
        if name in steps:
            return steps[name](*sizes)
        gradient = name.endswith("_and_gradient")
        op = ops.get(name.removesuffix("_and_gradient"))
        return op and self.op(op, sizes, gradient)

    def op(self, op, shape, gradient):
        torch = self.torch

        def make(compiled):
            x = torch.randn(*shape, device="cuda", requires_grad=gradient)
            f = compiled(op)
            if not gradient:
                return lambda: f(x)
            seed = torch.ones_like(op(x.detach()))
            return lambda: torch.autograd.grad(f(x), x, seed)

        return make

    def product(self, side, dtype):
        def make(compiled):
            a, f = self.torch.randn(side, side, device="cuda").to(dtype), compiled(self.torch.matmul)
            return lambda: f(a, a)

        return make

    def affine_tanh(self, n):
        torch = self.torch

        def make(compiled):
            leaves = [torch.randn(n, device="cuda", requires_grad=True) for _ in range(3)]
            f = compiled(lambda a, x, b: torch.tanh(a * x + b).sum())
            return lambda: torch.autograd.grad(f(*leaves), leaves)

        return make

    def adam(self, n):
        torch = self.torch

        def make(compiled):
            w = torch.randn(n, device="cuda", requires_grad=True)
            x, optimizer = torch.randn(n, device="cuda"), torch.optim.Adam([w], fused=True, capturable=True)
            f = compiled(lambda w: (w * x).sum())

            def run():
                optimizer.zero_grad(set_to_none=False)
                f(w).backward()
                optimizer.step()

            return run

        return make

    def training(self, layers, optimizer_of, options, batch, features, classes):
        torch = self.torch

        def make(compiled):
            model = torch.nn.Sequential(*layers()).cuda()
            optimizer = optimizer_of(model.parameters(), **options)
            x, y = torch.randn(batch, features, device="cuda"), torch.randint(classes, (batch,), device="cuda")
            loss = compiled(lambda x, y: torch.nn.functional.cross_entropy(model(x), y))

            def run():
                optimizer.zero_grad(set_to_none=False)
                loss(x, y).backward()
                optimizer.step()

            return run

        return make


class Jax:
    kinds = ("jax",)

    def __init__(self):
        import jax
        import jax.numpy as jnp

        self.jax, self.jnp, self.last = jax, jnp, None

    def wait(self):
        self.jax.block_until_ready(self.last)

    def kind(self, _, make):
        step = make()

        def run():
            self.last = step()

        return run

    def find(self, name, sizes):
        jax, jnp = self.jax, self.jnp
        ops = {
            "tanh": jnp.tanh,
            "exp": jnp.exp,
            "add_row": lambda x: x + x[0],
            "sum": jnp.sum,
            "sum_of_rows": lambda x: jnp.sum(x, 1),
            "sum_of_columns": lambda x: jnp.sum(x, 0),
            "softmax": jax.nn.softmax,
            "log_softmax": jax.nn.log_softmax,
            "cumsum": lambda x: jnp.cumsum(x, 1),
            "transpose": lambda x: x.T + 0,
            "sort": lambda x: jnp.sort(x, 1),
        }
        if name == "softmax_step":
            return self.softmax_step(*sizes)
        if name == "tanh_affine_and_gradients":
            f = jax.jit(jax.grad(lambda a, x, b: jnp.tanh(a * x + b).sum(), (0, 1, 2)))
            return lambda: lambda given=[jnp.ones(sizes[0])] * 3: f(*given)
        if name.startswith("matmul_"):
            f = jax.jit(jnp.matmul)
            return lambda: lambda a=jnp.ones((sizes[0],) * 2, name.removeprefix("matmul_")): f(a, a)
        op = ops.get(name.removesuffix("_and_gradient"))
        if not op:
            return None
        f = jax.jit(op if op is ops.get(name) else lambda x: jax.vjp(op, x)[1](jnp.ones_like(op(x))))
        return lambda: lambda x=jax.random.normal(jax.random.PRNGKey(0), sizes): f(x)

    def softmax_step(self, batch, features, classes):
        jax, jnp = self.jax, self.jnp

        def loss(w, x, y):
            return -jnp.take_along_axis(jax.nn.log_softmax(x @ w[0].T + w[1]), y[:, None], 1).mean()

        update = jax.jit(lambda w, x, y: jax.tree.map(lambda p, g: p - 0.1 * g, w, jax.grad(loss)(w, x, y)))

        def make():
            x, y = jnp.ones((batch, features)), jnp.zeros(batch, int)
            state = [(jnp.zeros((classes, features)), jnp.zeros(classes))]

            def run():
                state[0] = update(state[0], x, y)
                return state[0]

            return run

        return make


def main(path):
    peers = []
    for kind in (Torch, Jax):
        try:
            peers.append(kind())
        except Exception as error:  # what is not there is left out
            print(f"no {kind.__name__}: {error}")
    columns = [kind for peer in peers for kind in peer.kinds]
    print(f"{'':38}{'recorded':>10}{'captured':>10}" + "".join(f"{kind:>14}" for kind in columns) + f"{'ratio':>8}")
    for ours in json.load(open(path))["benchmarks"]:
        name, *sizes = [part for part in ours["name"].removeprefix("cuda_").split("/") if part != "manual_time" and ":" not in part]
        times = {}
        for peer in peers:
            make = peer.find(name, tuple(map(int, sizes)))
            for kind in peer.kinds if make else ():
                try:
                    times[kind] = best(peer.kind(kind, make), peer.wait)
                except Exception as error:  # the others go on
                    print(f"{kind}: {type(error).__name__}: {str(error).splitlines()[0][:100]}", file=sys.stderr)
        ratio = f"{ours['captured_us'] / min(times.values()):8.2f}" if times else ""
        print(f"{'/'.join([name, *sizes]):38}{ours['us']:10.1f}{ours['captured_us']:10.1f}"
              + "".join(f"{times[kind]:14.1f}" if kind in times else f"{'':14}" for kind in columns) + ratio, flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    main(sys.argv[1])
