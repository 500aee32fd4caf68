// The row's words on tensors whose last dimension is the row, so that a backward pass can itself be recorded.
#pragma once

#include <gradtape/ops/formula.h>

namespace gradtape {

struct TensorRow {
  using Value = Tensor;
  Tensor tensor;

  Tensor count() const { return Tensor(static_cast<double>(tensor.shape()[tensor.dim() - 1])); }
  Tensor max() const { return amax(tensor, {-1}, true); }
  Tensor min() const { return amin(tensor, {-1}, true); }
  template <class Each, class... Rows>
  Tensor sum(Each each, const Rows&... others) const {
    return gradtape::sum(whole(each(tensor, others.tensor...)), {-1}, true);
  }
  template <class Each>
  Tensor total(Each each) const {
    return sum(each);
  }
  template <class Each>
  Tensor product(Each each) const {
    return prod(whole(each(tensor)), {-1}, true);
  }
  template <class Each, class... Rows>
  void assign(Each each, const Rows&... rows) {
    tensor = each(rows.tensor...);
  }

 private:
  // A row of constants is as long as any other.
  Tensor whole(Tensor x) const { return x.shape() == tensor.shape() ? x : x + zeros_like(tensor); }
};

}  // namespace gradtape
