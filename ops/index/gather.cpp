#include <gradtape/ops/index/gather.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/index/indices.h>

namespace gradtape {
namespace {

// Calls each(number of the picked element, its place along the dimension, outer, inner) in row-major order.
template <class Each>
void each_picked(const Around& picked, const std::int64_t* at, Each each) {
  std::int64_t number = 0;
  for (std::int64_t o = 0; o < picked.outer; ++o)
    for (std::int64_t j = 0; j < picked.size; ++j)
      for (std::int64_t k = 0; k < picked.inner; ++k, ++number) each(number, at[number], o, k);
}

void require_like(const char* op, const Tensor& x, const Tensor& indices, int dim, Location where) {
  bool like = x.dim() == indices.dim() && x.dim() > 0;
  for (int d = 0; like && d < x.dim(); ++d) like = d == dim || x.shape()[d] == indices.shape()[d];
  if (!like)
    fail<ShapeError>(where, op, "indices have the tensor's shape but along the dimension", {{"tensor", x}, {"indices", indices}});
}

}  // namespace

Tensor gather(const Tensor& x, int dim, const Tensor& indices, Location where) {
  Call call(where);
  const int at = checked_dim("gather", x, dim, where);
  require_like("gather", x, indices, at, where);
  require_one_device("gather", {{"tensor", x}, {"indices", indices}}, where);
  const Tensor list = checked_indices("gather", indices, x.shape()[at], where), dense = x.detach().contiguous();
  Tensor y = empty(indices.shape(), {.dtype = x.dtype(), .device = x.device()});
  const Around around(x.shape(), at);
  const std::int64_t size = around.size, inner = around.inner;
  if (x.device() != Device::cpu()) pick_on_device({"gather", true, around.outer, indices.shape()[at], size, inner}, list, dense, y, where);
  else visit(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = y.data<T>();
    const T* from = dense.data<T>();
    each_picked(Around(indices.shape(), at), list.data<std::int64_t>(), [=](auto number, auto place, auto o, auto k) {
      to[number] = from[(o * size + place) * inner + k];
    });
  });
  return record(Gather{at, size}, where, std::move(y), {x}, {list});
}

Tensor scatter_add(const Tensor& x, int dim, const Tensor& indices, std::int64_t size, Location where) {
  Call call(where);
  const int at = checked_dim("scatter_add", x, dim, where);
  if (x.dim() == 0 || !(x.shape() == indices.shape()))
    fail<ShapeError>(where, "scatter_add", "there is an index for each element", {{"tensor", x}, {"indices", indices}});
  require_one_device("scatter_add", {{"tensor", x}, {"indices", indices}}, where);
  if (is_half(x.dtype())) return scatter_add(x.to(DType::float32), dim, indices, size, where).to(x.dtype());
  const Tensor list = checked_indices("scatter_add", indices, size, where), dense = x.detach().contiguous();
  Shape shape = x.shape();
  shape[at] = size;
  const Around around(shape, at);
  const std::int64_t inner = around.inner;
  if (x.device() != Device::cpu()) {
    Tensor y = empty(shape, {.dtype = x.dtype(), .device = x.device()});
    add_on_device({"scatter_add", true, around.outer, x.shape()[at], size, inner}, list, dense, y, where);
    return record(ScatterAdd{at}, where, std::move(y), {x}, {list});
  }
  Tensor y = zeros(shape, {.dtype = x.dtype()});
  visit(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = y.data<T>();
    const T* from = dense.data<T>();
    each_picked(Around(x.shape(), at), list.data<std::int64_t>(), [=](auto number, auto place, auto o, auto k) {
      T& sum = to[(o * size + place) * inner + k];
      sum = static_cast<T>(sum + from[number]);
    });
  });
  return record(ScatterAdd{at}, where, std::move(y), {x}, {list});
}

void Gather::backward(Backward& walk) {
  const auto op = walk.attributes<Gather>();
  walk.add(0, scatter_add(walk.take_gradient(), op.dim, walk.kept(0), op.size));
}
void ScatterAdd::backward(Backward& walk) {
  const auto op = walk.attributes<ScatterAdd>();
  walk.add(0, gather(walk.take_gradient(), op.dim, walk.kept(0)));
}

std::vector<Example> Gather::examples() {
  return {{"a class for each row", {{3, 4}}, [](const auto& x) { return gather(x[0], 1, tensor<std::int64_t>({{1}, {3}, {0}}).to(x[0].device())); }},
          {"the same twice", {{2, 3}}, [](const auto& x) { return gather(x[0], 0, tensor<std::int64_t>({{1, 0, 1}, {1, 0, 0}, {0, 0, 1}}).to(x[0].device())); }},
          {"nothing", {{0, 3}}, [](const auto& x) { return gather(x[0], 1, empty({0, 1}, {.dtype = int64, .device = x[0].device()})); }}};
}
std::vector<Example> ScatterAdd::examples() {
  return {{"two to one place", {{2, 2}}, [](const auto& x) { return scatter_add(x[0], 1, tensor<std::int64_t>({{2, 2}, {0, 3}}).to(x[0].device()), 5); }}};
}

}  // namespace gradtape
