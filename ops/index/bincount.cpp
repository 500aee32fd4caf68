#include <gradtape/ops/index/bincount.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <gradtape/autograd/capture.h>
#include <gradtape/autograd/error.h>
#include <gradtape/ops/index/index_select.h>
#include <gradtape/ops/index/indices.h>
#include <gradtape/ops/index/searchsorted.h>
#include <gradtape/ops/pointwise/divide.h>
#include <gradtape/ops/pointwise/equal.h>
#include <gradtape/ops/pointwise/subtract.h>
#include <gradtape/ops/reduce/amax.h>
#include <gradtape/ops/reduce/amin.h>
#include <gradtape/ops/reduce/sum.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {
namespace {

void count_on_cpu(const Launch& work) {
  auto* counts = elements<std::int64_t>(work.out());
  const auto* list = elements<std::int64_t>(work.in(0));
  std::fill_n(counts, work.out()->count, 0);
  for (std::int64_t i = 0; i < work.in(0)->count; ++i) ++counts[list[i]];
}
constexpr Kernel count_kernel{count_on_cpu, GT_ON_CUDA(count_on_cuda), nullptr, no_flops};

// How often each place comes in a list of places [count], none of which is out of range, or the sums of weights [count]
// at them.
Tensor counts_of(const char* op, const Tensor& list, const Tensor& weights, std::int64_t places, Location at) {
  if (weights.defined()) return index_add(weights, 0, list, places, at);
  const Tensor counts = new_tensor(op, {places}, {.dtype = DType::int64, .device = list.device()});
  launch(count_kernel, op, NoSettings(), {counts}, {list.detach().to(DType::int64).contiguous()});
  return counts;
}

void require_weights_like(const char* op, const Tensor& x, const Tensor& weights, Location at) {
  if (!weights.defined()) return;
  require_one_device(op, {{"tensor", x}, {"weights", weights}}, at);
  if (!(weights.shape() == x.shape()))
    fail<ShapeError>(at, op, "there is a weight for each element", {{"tensor", x}, {"weights", weights}});
}

// The least and the largest; a little apart where they are one number.
Range range_of(const char* op, const Tensor& x, Location at) {
  refuse_inside_capture(op, "the range of numbers cannot be asked inside a captured step", "Give a range.");
  Range range{0, 0};
  if (x.numel() > 0) range = {amin(x.detach()).item(), amax(x.detach()).item()};
  if (!std::isfinite(range.low) || !std::isfinite(range.high))
    fail<ValueError>(at, op, fmt::format("the range of numbers is {} to {}", range.low, range.high), {{"tensor", x}},
                     "Give a finite one.");
  if (range.low == range.high) return {range.low - 1, range.high + 1};
  return range;
}

Histogram histogram_between(const char* op, const Tensor& x, std::int64_t bins, const HistogramOptions& options,
                            Location at) {
  if (bins < 1) fail<ValueError>(at, op, fmt::format("bins are {}, and there is at least 1", bins));
  const Range range = options.range ? *options.range : range_of(op, x, at);
  if (!(range.low < range.high))
    fail<ValueError>(at, op, fmt::format("the range {} to {} is empty", range.low, range.high));
  return histogram(x, linspace(range.low, range.high, bins + 1, options_of(x)), options, at);
}

}  // namespace

Tensor bincount(const Tensor& x, const Tensor& weights, std::int64_t minlength, Location at) {
  Call call(at);
  if (is_floating(x.dtype()) || x.dtype() == DType::boolean)
    fail<DTypeError>(at, "bincount", "integers are counted", {{"tensor", x}}, "Convert them: x.to(gt::int64).");
  if (x.dim() != 1) fail<ShapeError>(at, "bincount", "numbers to count are in one row", {{"tensor", x}});
  if (minlength < 0) fail<ValueError>(at, "bincount", fmt::format("minlength is {}", minlength));
  require_weights_like("bincount", x, weights, at);
  refuse_inside_capture("bincount", "the largest number cannot be asked inside a captured step",
                        "Count before, or add ones by gt::index_add.");
  std::int64_t size = minlength;
  if (x.numel() > 0) {
    if (const auto least = amin(x.detach()).item<std::int64_t>(); least < 0)
      fail<ValueError>(at, "bincount", fmt::format("{} is counted, and numbers are from 0 on", least), {{"tensor", x}});
    size = std::max(size, amax(x.detach()).item<std::int64_t>() + 1);
  }
  const bool whole = weights.defined() && !is_floating(weights.dtype());
  return counts_of("bincount", x, whole ? weights.to(DType::float64, at) : weights, size, at);
}

Histogram histogram(const Tensor& x, std::int64_t bins, const HistogramOptions& options, Location at) {
  Call call(at);
  return histogram_between("histogram", x, bins, options, at);
}

Histogram histogram(const Tensor& x, const Tensor& edges, const HistogramOptions& options, Location at) {
  Call call(at);
  if (!is_floating(x.dtype()))
    fail<DTypeError>(at, "histogram", "numbers are floating", {{"tensor", x}}, "Convert them: x.to(gt::float32).");
  if (edges.dim() != 1 || edges.numel() < 2)
    fail<ShapeError>(at, "histogram", "edges of bins are one row, of at least two", {{"edges", edges}});
  require_weights_like("histogram", x, options.weight, at);
  const std::int64_t bins = edges.numel() - 1;
  // Numbered from 1, so that what lies below is at 0; what lies above or is NaN comes behind the last.
  const Tensor flat = flatten(x.detach()), above = searchsorted(edges, flat, true);
  const Tensor places = above - (flat == select(edges, 0, -1)).to(DType::int64);
  const Tensor weight = options.weight.defined() ? flatten(options.weight) : Tensor();
  const Tensor counts = narrow(counts_of("histogram", places, weight, bins + 2, at), 0, 1, bins).to(x.dtype());
  if (!options.density) return {counts, edges};
  return {counts / sum(counts) / (narrow(edges, 0, 1, bins) - narrow(edges, 0, 0, bins)), edges};
}

Tensor histc(const Tensor& x, std::int64_t bins, double min, double max, Location at) {
  Call call(at);
  HistogramOptions options;
  if (min != max) options.range = between(min, max);
  return histogram_between("histc", x, bins, options, at).hist;
}

std::vector<Example> Bincount::examples() {
  return {{"weights in bins",
           {{3, 2}},
           [](const auto& x) {
             const Tensor numbers = tensor({{0.1, 0.9}, {2.0, 0.5}, {-1.0, 1.0}}).to(x[0].dtype()).to(x[0].device());
             return histogram(numbers, 2, {.range = between(0, 1), .weight = x[0]}).hist;
           }},
          {"in bins", {{3, 5}}, [](const auto& x) { return histc(x[0], 4, -1, 1); }, between(-2, 2), false}};
}

}  // namespace gradtape
