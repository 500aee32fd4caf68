#include <gradtape/ops/index/searchsorted.h>

#include <algorithm>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/team.h>
#include <gradtape/ops/index/index_select.h>
#include <gradtape/ops/index/sort.h>
#include <gradtape/ops/pointwise/clamp.h>
#include <gradtape/ops/pointwise/equal.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {
namespace {

void searchsorted_on_cpu(const Launch& work) {
  constexpr std::int64_t of_chunk = 4096;
  constexpr int at_once = 8;
  const auto& settings = work.as<SearchSettings>();
  const std::int64_t count = work.out()->count;
  auto* const places = elements<std::int64_t>(work.out());
  visit(work.in(0)->dtype, [&](auto zero) {
    using T = decltype(zero);
    const T *const sorted = elements<T>(work.in(0)), *const values = elements<T>(work.in(1));
    parallel_for((count + of_chunk - 1) / of_chunk, [&](std::int64_t chunk) {
      for (std::int64_t i = chunk * of_chunk, end = std::min(count, i + of_chunk); i < end;) {
        const std::int64_t number = i / settings.values, last = std::min(end, (number + 1) * settings.values);
        const T* const row = sorted + number * settings.columns;
        for (; i + at_once <= last; i += at_once)
          places_among<at_once>(row, settings.columns, values + i, settings.right, places + i);
        for (; i < last; ++i) places_among<1>(row, settings.columns, values + i, settings.right, places + i);
      }
    });
  });
}

constexpr Kernel searchsorted_kernel{searchsorted_on_cpu, GT_ON_CUDA(searchsorted_on_cuda), nullptr, no_flops};

// Is there one sorted row for all values, or one for each of their rows?
bool is_one_row(const Tensor& sorted, const Tensor& values, Location at) {
  if (sorted.dim() == 1) return true;
  bool alike = sorted.dim() > 1 && sorted.dim() == values.dim();
  for (int d = 0; alike && d < sorted.dim() - 1; ++d) alike = sorted.shape()[d] == values.shape()[d];
  if (!alike)
    fail<ShapeError>(at, "searchsorted", "sorted rows have the values' leading dimensions, or there is one",
                     {{"sorted", sorted}, {"values", values}});
  return false;
}

}  // namespace

Tensor searchsorted(const Tensor& sorted, const Tensor& values, bool right, Location at) {
  Call call(at);
  require_one_device("searchsorted", {{"sorted", sorted}, {"values", values}}, at);
  const bool one = is_one_row(sorted, values, at);
  const DType type = promote_types(sorted.dtype(), values.dtype());
  const Tensor places = new_tensor("searchsorted", values.shape(), {.dtype = DType::int64, .device = values.device()});
  const SearchSettings settings{sorted.shape()[sorted.dim() - 1],
                                one ? values.numel() : values.shape()[values.dim() - 1], right};
  if (places.numel() > 0)
    launch(searchsorted_kernel, "searchsorted", settings, {places},
           {sorted.detach().to(type).contiguous(), values.detach().to(type).contiguous()});
  return places;
}

Tensor bucketize(const Tensor& x, const Tensor& boundaries, bool right, Location at) {
  Call call(at);
  if (boundaries.dim() != 1)
    fail<ShapeError>(at, "bucketize", "boundaries are one sorted row", {{"boundaries", boundaries}, {"tensor", x}});
  return searchsorted(boundaries, x, right, at);
}

Tensor isin(const Tensor& x, const Tensor& others, Location at) {
  Call call(at);
  require_one_device("isin", {{"tensor", x}, {"others", others}}, at);
  if (x.numel() == 0 || others.numel() == 0)
    return new_full("isin", x.shape(), 0, {.dtype = DType::boolean, .device = x.device()});
  const DType type = promote_types(x.dtype(), others.dtype());
  const Tensor typed = x.detach().to(type), sorted = sort(flatten(others.detach().to(type))).values;
  const Tensor places = flatten(clamp(searchsorted(sorted, typed), 0, sorted.numel() - 1));
  return reshape(index_select(sorted, 0, places), x.shape()) == typed;
}

std::vector<Example> SearchSorted::examples() {
  auto sorted_rows = [](const Device& device) { return tensor({{1.0, 3.0, 5.0}, {2.0, 2.0, 4.0}}).to(device); };
  return {{"one row for all",
           {{2, 3}},
           [=](const auto& x) { return searchsorted(select(sorted_rows(x[0].device()), 0, 0), x[0]).to(x[0].dtype()); },
           between(0, 6),
           false},
          {"a row for each",
           {{2, 4}},
           [=](const auto& x) { return searchsorted(sorted_rows(x[0].device()), x[0], true).to(x[0].dtype()); },
           between(0, 6),
           false},
          {"no values",
           {{0}},
           [=](const auto& x) { return bucketize(x[0], select(sorted_rows(x[0].device()), 0, 1)).to(x[0].dtype()); },
           between(0, 6),
           false}};
}

}  // namespace gradtape
