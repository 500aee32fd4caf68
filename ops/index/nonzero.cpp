#include <gradtape/ops/index/nonzero.h>

#include <fmt/format.h>

#include <gradtape/autograd/capture.h>
#include <gradtape/autograd/error.h>
#include <gradtape/ops/broadcast.h>
#include <gradtape/ops/index/index_put.h>
#include <gradtape/ops/index/index_select.h>
#include <gradtape/ops/index/indices.h>
#include <gradtape/ops/pointwise/where.h>
#include <gradtape/ops/reduce/sum.h>
#include <gradtape/ops/view/expand.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>
#include <gradtape/ops/view/split.h>

namespace gradtape {
namespace {

void true_places_on_cpu(const Launch& work) {
  const bool* mask = elements<bool>(work.in(0));
  std::int64_t* to = elements<std::int64_t>(work.out());
  for (std::int64_t i = 0, found = 0; found < work.out()->count; ++i) {  // no branch that depends on the mask
    to[found] = i;
    found += mask[i];
  }
}

void coordinates_on_cpu(const Launch& work) {
  const auto& [dims, sizes] = work.as<Flattening>();
  const TensorData& numbers = *work.in(0);
  std::int64_t* to = elements<std::int64_t>(work.out()) + work.out()->count;
  for (std::int64_t i = numbers.count; i-- > 0;) {
    std::int64_t left = elements<std::int64_t>(&numbers)[i];
    for (int d = dims - 1; d >= 0; --d) *--to = left % sizes[d], left /= sizes[d];
  }
}

constexpr Kernel true_places_kernel{true_places_on_cpu, GT_ON_CUDA(true_places_on_cuda), nullptr, no_flops};
constexpr Kernel coordinates_kernel{coordinates_on_cpu, GT_ON_CUDA(coordinates_on_cuda), nullptr, no_flops};

}  // namespace

Tensor true_places(const char* op, const Tensor& mask, Location at) {
  Call call(at);
  refuse_inside_capture(op, "how many elements are chosen is not known inside a captured step",
                        "Choose with gt::where or gt::masked_fill, or before the step.");
  const Tensor dense = as_mask(mask, at).contiguous();
  const std::int64_t count = sum(dense).item<std::int64_t>();
  const Tensor places = new_tensor(op, {count}, {.dtype = DType::int64, .device = mask.device()});
  if (count > 0) launch(true_places_kernel, op, NoSettings(), {places}, {dense});
  return places;
}

Tensor nonzero(const Tensor& x, Location at) {
  Call call(at);
  const Tensor numbers = true_places("nonzero", x, at);
  const Tensor places =
      new_tensor("nonzero", {numbers.numel(), x.dim()}, {.dtype = DType::int64, .device = x.device()});
  if (places.numel() > 0) launch(coordinates_kernel, "nonzero", flattening_of(x.shape()), {places}, {numbers});
  return places;
}
std::vector<Tensor> nonzero_numpy(const Tensor& x, Location at) {
  Call call(at);
  return unbind(nonzero(x.dim() == 0 ? reshape(x.detach(), {1}, at) : x, at), 1, at);
}

Tensor masked_select(const Tensor& x, const Tensor& mask, Location at) {
  Call call(at);
  require_one_device("masked_select", {{"tensor", x}, {"mask", mask}}, at);
  const Shape shape = broadcast_shape("masked_select", x, mask, at);
  const Tensor places = true_places("masked_select", expand(mask.detach(), shape, at), at);
  return index_select(reshape(expand(x, shape, at), {count_of(shape)}, at), 0, places, at);
}

Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source, Location at) {
  Call call(at);
  require_values_like("masked_scatter", x, mask, source, at);
  const Tensor places = true_places("masked_scatter", expand(mask.detach(), x.shape(), at), at);
  if (places.numel() > source.numel())
    fail<ShapeError>(at, "masked_scatter", fmt::format("{} elements for {} places", source.numel(), places.numel()),
                     {{"tensor", x}, {"mask", mask}, {"source", source}});
  const Tensor values = narrow(reshape(source, {source.numel()}, at), 0, 0, places.numel(), at);
  return reshape(put_parts("masked_scatter", reshape(x, {x.numel()}, at), 0, places, values, false, at), x.shape(), at);
}

}  // namespace gradtape
