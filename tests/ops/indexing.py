# What NumPy gives for the rows of indexing_test.cpp, which it prints: python3 tests/ops/indexing.py
import numpy as np

x = np.arange(24).reshape(2, 3, 4)
v = np.array([10, 11, 12, 13, 14])
i = np.array([1, 0])
j = np.array([[0], [2], [-1]])
k = np.array([3, -4, 1, 1])
mask = v % 2 == 0
rows = np.array([[True, False, True], [False, False, True]])
none = np.zeros((2, 3), bool)


def put(a, where, values):
    a = a.copy()
    a[where] = values
    return a


def add(a, where, values):
    a = a.copy()
    np.add.at(a, where, values)
    return a


# As C++ writes them, and as Python does.
table = [
    ("x[1]", lambda: x[1]),
    ("x[-2]", lambda: x[-2]),
    ("x[{1, -1, 0}]", lambda: x[1, -1, 0]),
    ("x[{Slice(), Slice(1, None), 2}]", lambda: x[:, 1:, 2]),
    ("x[{Ellipsis, Slice(None, None, 3)}]", lambda: x[..., ::3]),
    ("x[{Slice(-9, 9), Slice(-1, None)}]", lambda: x[-9:9, -1:]),
    ("x[{Slice(1, 1)}]", lambda: x[1:1]),
    ("x[{0, None, Ellipsis, 1}]", lambda: x[0, None, ..., 1]),
    ("x[None]", lambda: x[None]),
    ("x[Ellipsis]", lambda: x[...]),
    ("v[{}]", lambda: v[()]),
    ("v[i]", lambda: v[i]),
    ("v[j]", lambda: v[j]),
    ("v[mask]", lambda: v[mask]),
    ("v[{mask, None}]", lambda: v[mask, None]),
    ("x[i]", lambda: x[i]),
    ("x[{Slice(), i}]", lambda: x[:, i]),
    ("x[{Ellipsis, k}]", lambda: x[..., k]),
    ("x[{Slice(), Slice(1, None), k}]", lambda: x[:, 1:, k]),
    ("x[{i, i}]", lambda: x[i, i]),
    ("x[{i, j}]", lambda: x[i, j]),
    ("x[{Slice(), j, k}]", lambda: x[:, j, k]),
    ("x[{i, Slice(), i}]", lambda: x[i, :, i]),
    ("x[{i, Slice(1, 3), j}]", lambda: x[i, 1:3, j]),
    ("x[{i, Ellipsis, i}]", lambda: x[i, ..., i]),
    ("x[{Slice(), i, Ellipsis, i}]", lambda: x[:, i, ..., i]),
    ("x[{Slice(), i, None, i}]", lambda: x[:, i, None, i]),
    ("x[{0, Slice(), i}]", lambda: x[0, :, i]),
    ("x[{Slice(), 0, i}]", lambda: x[:, 0, i]),
    ("x[{i, 2}]", lambda: x[i, 2]),
    ("x[{i, Slice(), 2}]", lambda: x[i, :, 2]),
    ("x[{None, i, None, Slice(), None}]", lambda: x[None, i, None, :, None]),
    ("x[rows]", lambda: x[rows]),
    ("x[{rows, 1}]", lambda: x[rows, 1]),
    ("x[{rows, k[{Slice(0, 3)}]}]", lambda: x[rows, k[:3]]),
    ("x[{Slice(), Slice(), x[{0, 0}] > 1}]", lambda: x[:, :, x[0, 0] > 1]),
    ("x[{i, rows[0]}]", lambda: x[i, rows[0]]),
    ("x[none]", lambda: x[none]),
    ("x[!none]", lambda: x[~none]),
    ("x[x > 20]", lambda: x[x > 20]),
    ("x[true]", lambda: x[True]),
    ("x[{Slice(), false}]", lambda: x[:, False]),
    ("x[{0, true, i}]", lambda: x[0, True, i]),
    ("v[bytes({0, 1, 1})]", lambda: v[np.uint8([0, 1, 1])]),
    ("take(x, j)", lambda: np.take(x, j)),
    ("take_along_dim(x[0], j[{Slice(0, 2)}], 0)", lambda: np.take_along_axis(x[0], np.broadcast_to(j[:2], (2, 4)), 0)),
    ("take_along_dim(x, tensor({23, 0}))", lambda: np.take_along_axis(x, np.array([23, 0]), None)),
    ("masked_select(x, rows[{Ellipsis, None}])", lambda: x[np.broadcast_to(rows[..., None], x.shape)]),
    ("nonzero(rows)", lambda: np.argwhere(rows)),
    ("where(rows)[1]", lambda: np.nonzero(rows)[1]),
    ("masked_scatter(v, mask, int64s({1, 2, 3, 4}))", lambda: put(v, mask, [1, 2, 3])),
    ("index_put(v, {i}, 7)", lambda: put(v, i, 7)),
    ("index_put(v, {tensor({1, 1, 0})}, int64s({7, 8, 9}))", lambda: put(v, [1, 1, 0], [7, 8, 9])),
    ("index_put(v, {tensor({1, 1, 0})}, int64s({7, 8, 9}), true)", lambda: add(v, [1, 1, 0], [7, 8, 9])),
    ("index_put(v, {mask}, 0)", lambda: put(v, mask, 0)),
    ("index_put(x, {Slice(), j, k}, 0)", lambda: put(x, np.s_[:, j, k], 0)),
    ("index_put(x, {i, Slice(1, 3), i}, int64s({-1, -2}))", lambda: put(x, np.s_[i, 1:3, i], [-1, -2])),
    ("index_put(x, {0, Slice(None, None, 2)}, int64s({-1, -2, -3, -4}))",
     lambda: put(x, np.s_[0, ::2], [-1, -2, -3, -4])),
    ("index_put(x, {Slice(1, None), rows[0], -1}, 5, true)", lambda: add(x, np.s_[1:, rows[0], -1], 5)),
]

for text, numpy in table:
    wanted = numpy()
    shape, numbers = ", ".join(map(str, wanted.shape)), ", ".join(map(str, wanted.ravel()))
    print(f"      {{\"{text}\", {text}, {{{shape}}}, {{{numbers}}}}},")
