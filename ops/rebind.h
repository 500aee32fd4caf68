// What a += b and its kin do: a handle gets a new tensor.
#pragma once

#include <gradtape/ops/pointwise.h>

namespace gradtape {

// Throws TapeError for a leaf that asks for a gradient: its gradient, its optimizer and its model's other handles would
// stay with the old one.
void require_rebindable(const char* op, const Tensor& a, Location at);
// What is computed from a frozen parameter, to be put in its place, is frozen too.
void stay_frozen(const Tensor& before, Tensor& after);

template <class Op>
Tensor& rebind(const char* op, Tensor& a, const Operand& b) {
  require_rebindable(op, a, b.at);
  Tensor result = pointwise(Op{}, b.at, a, b.tensor);
  stay_frozen(a, result);
  return a = std::move(result);
}

}  // namespace gradtape
