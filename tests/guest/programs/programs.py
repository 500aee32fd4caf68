"""The numbers that the programs print, by NumPy and by other means where there are any: python3 programs.py writes the
.txt files beside them. Run by hand; the test needs no NumPy."""

import itertools
from pathlib import Path

import numpy as np


def show(*values):
    """As a gradtape program prints tensors, and C++ numbers."""
    lines = []
    for x in values:
        if type(x) is float:
            lines.append(repr(x))
        else:
            x = np.asarray(x)
            lines += [str(x.tolist()), f"{x.dtype} {list(x.shape)} cpu"]
    return "\n".join(lines) + "\n"


def moving_average():
    day = np.arange(12)
    price = 10 + 0.1 * day + np.sin(0.7 * day)
    weights = np.tril(0.7 ** np.clip(day[:, None] - day, 0, None))
    weights /= weights.sum(1, keepdims=True)
    return show(weights @ price, weights[-1])


def k_means():
    i = np.arange(30.0)
    group = i % 3
    points = np.stack([group + np.sin(1.7 * i), np.cos(2.3 * i)], 1)
    centers = points[:3]
    for _ in range(10):
        labels = ((points[:, None] - centers) ** 2).sum(2).argmin(1)
        centers = np.stack([points[labels == k].mean(0) for k in range(3)])
    return show(centers, labels, ((points - centers[labels]) ** 2).sum())


def kernel_density():
    data = 2 * np.sin(np.arange(25.0) ** 2)
    spread = min(data.std(ddof=1), np.subtract(*np.quantile(data, [0.75, 0.25])) / 1.34)
    width = 0.9 * spread * len(data) ** -0.2
    z = (np.linspace(-3, 3, 7)[:, None] - data) / width
    bells = np.exp(-(z**2) / 2)
    density = bells.sum(1) / (len(data) * width * np.sqrt(2 * np.pi))
    return show(float(width), density, -(z * bells).sum(1) / width / bells.sum(1))


def principal_components():
    i = np.arange(20)
    a, b = 3 * np.sin(1.1 * i), np.cos(0.7 * i)
    variances, directions = np.linalg.eigh(np.cov(np.stack([a + b, a - b, 0.5 * a + np.sin(5 * i), b])))
    out = ""
    for k in (-1, -2):
        v = directions[:, k]
        out += show(v * np.sign(v[0]), float(variances[k] / variances.sum()))
    return out


def top_k_accuracy():
    logits = np.sin(np.outer(np.arange(8) + 1, np.arange(10) + 2))
    labels = (3 * np.arange(8) + 1) % 10
    place = (logits > logits[np.arange(8), labels][:, None]).sum(1)
    return show(np.mean(place < 5), np.array([np.mean(place < k) for k in range(1, 6)]), place)


def buckets():
    i = np.arange(40)
    x, y = 4 * np.sin(1.3 * i), np.cos(0.9 * i) * i
    edges = np.array([-4, -2, 0, 1, 4])
    inside = [(low <= x) & (x < high) for low, high in zip(edges, edges[1:])]
    return show(
        np.array([m.sum() for m in inside]),
        np.array([y[m].mean() for m in inside]),
        np.histogram(x, edges, density=True)[0],
    )


def embedding_bag():
    table = np.sin(np.arange(18.0)).reshape(6, 3)
    words = np.array([0, 2, 2, 5, 1, 3, 0])
    weights = np.array([1, 0.5, 0.25, 2, -1, 1.5, 3])
    bag = np.array([0, 0, 0, 2, 2, 3, 3])
    is_in = (bag == np.arange(4)[:, None]).astype(float)
    means = is_in @ table[words] / np.maximum(is_in.sum(1, keepdims=True), 1)
    bags = (is_in * weights) @ table[words]
    back = 2 * bags[bag]  # the gradient of each word's weighted row
    of_table = np.zeros_like(table)
    np.add.at(of_table, words, weights[:, None] * back)
    return show(means, bags, of_table, (table[words] * back).sum(1))


def focal_loss():
    logits = 2 * np.sin(np.arange(15.0)).reshape(5, 3)
    labels = np.array([0, 2, 1, 1, 0])
    alpha = np.array([0.25, 0.5, 1])[labels]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    right = p[np.arange(5), labels]
    loss = np.mean(-alpha * (1 - right) ** 2 * np.log(right))
    # d/dp of -(1 - p)² log p, by dp/dz = p (1[right] - p_z)
    slope = alpha * (2 * (1 - right) * np.log(right) - (1 - right) ** 2 / right)
    return show(loss, (slope * right)[:, None] * (np.eye(3)[labels] - p) / 5)


def label_propagation():
    edges = np.zeros((8, 8))
    edges[[0, 0, 1, 2, 3, 4, 4, 5, 6], [1, 2, 2, 3, 4, 5, 6, 6, 7]] = [1, 2, 1, 0.5, 1, 2, 1, 1, 3]
    edges += edges.T
    step = edges / edges.sum(1, keepdims=True)
    unknown, known = np.arange(1, 7), [0, 7]
    scores = np.zeros((8, 2))
    scores[known] = np.eye(2)
    # where it ends: what no step changes
    scores[unknown] = np.linalg.solve(np.eye(6) - step[np.ix_(unknown, unknown)], step[np.ix_(unknown, known)])
    return show(scores, scores.argmax(1))


def conditional_random_field():
    emissions, transitions = np.sin(np.arange(15.0)).reshape(5, 3), np.cos(2 * np.arange(9.0)).reshape(3, 3)
    total, of_emissions, of_transitions = 0.0, np.zeros((5, 3)), np.zeros((3, 3))
    for tags in map(list, itertools.product(range(3), repeat=5)):  # each path, one by one
        p = np.exp(emissions[range(5), tags].sum() + transitions[tags[:-1], tags[1:]].sum())
        total += p
        of_emissions[range(5), tags] += p
        np.add.at(of_transitions, (tags[:-1], tags[1:]), p)
    return show(np.log(total), of_emissions / total, of_transitions / total)


programs = [moving_average, k_means, kernel_density, principal_components, top_k_accuracy, buckets, embedding_bag]
programs += [focal_loss, label_propagation, conditional_random_field]
for program in programs:
    Path(__file__).with_name(program.__name__ + ".txt").write_text(program())
