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
echo "read by Python and back"
