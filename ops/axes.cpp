#include <gradtape/ops/axes.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/view/permute.h>

namespace gradtape {

int checked_dim(const char* op, const Tensor& x, int dim, Location at) {
  const int rank = x.dim();
  const int span = rank ? rank : 1;
  if (dim < -span || dim >= span)
    fail<IndexError>(at, op, fmt::format("there is no dimension {}", dim), {{"tensor", x}},
                     fmt::format("{} to {} are there.", -span, span - 1));
  return dim < 0 ? dim + span : dim;
}

unsigned mask_of(const char* op, const Tensor& x, std::span<const int> dims, Location at) {
  if (dims.empty()) return (1u << x.dim()) - 1;
  unsigned mask = 0;
  for (int dim : dims) {
    const unsigned bit = 1u << checked_dim(op, x, dim, at);
    if (mask & bit) fail<IndexError>(at, op, fmt::format("dimension {} is named twice", dim), {{"tensor", x}});
    mask |= bit;
  }
  return x.dim() ? mask : 0;
}

Dims inverse(const Dims& order) {
  Dims back = order;
  for (int d = 0; d < order.rank(); ++d) back[static_cast<int>(order[d])] = d;
  return back;
}
Dims order_behind(int lead, const Dims& order) {
  Dims whole;
  for (int d = 0; d < lead; ++d) whole.push_back(d);
  for (auto dim : order) whole.push_back(dim + lead);
  return whole;
}

int dim_of_parts(const char* op, const Tensor& x, int dim, Location at) {
  if (x.dim() == 0) fail<IndexError>(at, op, "a number has no dimension to be cut", {{"tensor", x}});
  return checked_dim(op, x, dim, at);
}

Dims checked_dims(const char* op, const Tensor& x, const Dims& dims, Location at) {
  Dims checked = dims;
  unsigned named = 0;
  for (int i = 0; i < dims.rank(); ++i) {
    const int dim = checked_dim(op, x, static_cast<int>(dims[i]), at);
    if (named >> dim & 1) fail<IndexError>(at, op, fmt::format("dimension {} is named twice", dim), {{"tensor", x}});
    named |= 1u << dim;
    checked[i] = dim;
  }
  return checked;
}

Tensor move_dim(const Tensor& x, int from, int to, Location at) {
  if (from == to) return x;
  Dims order;
  for (int d = 0; d < x.dim(); ++d)
    if (d != from) order.push_back(d);
  order.insert(to, from);
  return permute(x, order, at);
}

}  // namespace gradtape
