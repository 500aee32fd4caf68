// The row's words on tensors whose last dimension is the row, so that a backward pass can itself be recorded.
// A row that is assigned to has its shape and type before.
#pragma once

#include <gradtape/ops/formula.h>
#include <gradtape/ops/reduce/amax.h>
#include <gradtape/ops/reduce/amin.h>
#include <gradtape/ops/reduce/norm.h>
#include <gradtape/ops/reduce/prod.h>
#include <gradtape/ops/reduce/sum.h>

namespace gradtape {

struct TensorRow {
  using Value = Tensor;
  Tensor tensor;

  Tensor count() const { return Tensor(static_cast<double>(columns())); }
  template <class Each = Itself>
  Tensor max(Each each = {}) const {
    return columns() ? amax(whole(each(tensor)), {-1}, true) : of_nothing(lowest<double>);
  }
  template <class Each = Itself>
  Tensor min(Each each = {}) const {
    return columns() ? amin(whole(each(tensor)), {-1}, true) : of_nothing(highest<double>);
  }
  Tensor norm() const { return gradtape::norm(tensor, 2, {-1}, true); }
  LogTotal<Tensor> log_total() const { return log_total_of(*this); }
  template <class Each, class... Rows>
  Tensor sum(Each each, const Rows&... others) const {
    return gradtape::sum(whole(each(tensor, others.tensor...)), {-1}, true);
  }
  template <class Each>
  Tensor total(Each each) const {
    return sum(each);
  }
  template <class Holds>
  Tensor count_where(Holds holds) const {
    return sum([=](const Tensor& x) { return where(holds(x), Tensor(1.0), Tensor(0.0)); });
  }
  template <class Each>
  Tensor product(Each each) const {
    return prod(whole(each(tensor)), {-1}, true);
  }
  template <class Each, class... Rows>
  void assign(Each each, const Rows&... rows) {
    tensor = whole(each(rows.tensor...));
  }

 private:
  std::int64_t columns() const { return tensor.dim() ? tensor.shape()[tensor.dim() - 1] : 1; }
  // The word's answer for rows without elements.
  Tensor of_nothing(double answer) const {
    Shape shape = tensor.shape();
    shape[shape.rank() - 1] = 1;
    return full(shape, answer, options_of(tensor));
  }
  // A row of constants is as long as any other, and of the type of the numbers that it stands beside.
  Tensor whole(const Tensor& x) const {
    return ends_in(x.shape(), tensor.shape()) && !is_of_numbers(x) ? x : x + zeros_like(tensor);
  }
};

}  // namespace gradtape
