#!/bin/sh
# safetensors_exchange.sh <safetensors_exchange> <work folder>: gradtape and Python's safetensors package read each other.
# Skipped, by saying so, where the package cannot be had.
set -eu
mkdir -p "$2" && cd "$2"
if ! [ -e venv/ready ]; then
  python3 -m venv venv && venv/bin/pip install -q safetensors numpy || { echo "no Python package safetensors"; exit; }
  touch venv/ready
fi
"$1" write from_cpp.safetensors
venv/bin/python - <<'PYTHON'
import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

w = load_file("from_cpp.safetensors")
whole = np.arange(6).reshape(2, 3)
wanted = {"f32": (whole / 4).astype("f4"), "f64": whole.astype("f8"), "i64": whole, "u8": whole.astype("u1"), "bool": whole > 2,
          "none": np.zeros((0, 4), "f4"), "one": np.float32(2.5)}
assert w.keys() == wanted.keys(), w.keys()
for name, x in wanted.items():
    assert w[name].dtype == x.dtype and w[name].shape == x.shape and (w[name] == x).all(), (name, w[name])
with safe_open("from_cpp.safetensors", "np") as f:
    assert f.metadata() == {"written by": "gradtape"}, f.metadata()
save_file({"a": whole * 2, "b": (whole * 2).astype("f4"), "c": (whole * 2).astype("i4")}, "from_python.safetensors")
PYTHON
"$1" read from_python.safetensors

# 200 files of random names, types, shapes (empty ones too) and bits go from Python through gradtape to Python.
cat >random_files.py <<'PYTHON'
import random
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

chance = random.Random(7)


def tensor():
    dtype = np.dtype(chance.choice(["f2", "f4", "f8", "i8", "i4", "u1", "?"]))
    shape = [chance.choice([0, 1, 1, 2, 3, 5]) for _ in range(chance.randrange(5))]
    size = int(np.prod(shape)) * dtype.itemsize
    data = bytes(chance.randrange(2) for _ in range(size)) if dtype == "?" else chance.randbytes(size)
    return np.frombuffer(data, dtype).reshape(shape)


for file in range(200):
    name = f"{file}.safetensors"
    wanted = {"".join(chance.choices('ab.é"\\ 字', k=1 + chance.randrange(6))): tensor() for _ in range(chance.randrange(8))}
    if sys.argv[1] == "write":
        save_file(wanted, "random/" + name, metadata={"file": name} if file % 2 else None)
        continue
    bits = lambda tensors: {key: (x.dtype, x.shape, x.tobytes()) for key, x in tensors.items()}
    assert bits(load_file("back/" + name)) == bits(wanted), name
PYTHON
rm -rf random back && mkdir random back
venv/bin/python random_files.py write
"$1" copy random back
venv/bin/python random_files.py compare
echo "read by Python and back"
