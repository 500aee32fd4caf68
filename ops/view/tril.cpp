#include <gradtape/ops/view/tril.h>

#include <algorithm>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/loop.h>
#include <gradtape/autograd/team.h>
#include <gradtape/ops/bits.h>

namespace gradtape {
namespace {

// Of row r: columns [first, last) are left.
struct Kept {
  std::int64_t first, last;
};
Kept kept_of(const Band& band, std::int64_t r, std::int64_t columns) {
  const std::int64_t first = std::clamp<std::int64_t>(r + band.lowest, 0, columns);
  return {first, std::clamp<std::int64_t>(r + band.highest + 1, first, columns)};
}

template <class Bits> void keep_rows(const Launch& work) {
  const TensorData &x = *work.in(0), &y = *work.out();
  const Band& band = work.as<Band>();
  const std::int64_t rows = y.shape[y.shape.rank() - 2], columns = y.shape[y.shape.rank() - 1];
  const std::int64_t all_rows = y.count / columns, some = std::max<std::int64_t>(1, part_of_pass / columns);
  parallel_for((all_rows + some - 1) / some, [&](std::int64_t part) {
    for (std::int64_t r = part * some; r < std::min(all_rows, (part + 1) * some); ++r) {
      const Bits* from = elements<Bits>(&x) + r * columns;
      Bits* to = elements<Bits>(&y) + r * columns;
      const auto [first, last] = kept_of(band, r % rows, columns);
      std::fill(to, to + first, Bits(0));
      std::copy(from + first, from + last, to + first);
      std::fill(to + last, to + columns, Bits(0));
    }
  });
}
void keep_band_on_cpu(const Launch& work) {
  visit_bits(work.out()->dtype, [&](auto zero) { keep_rows<decltype(zero)>(work); });
}
constexpr Kernel band_kernel{keep_band_on_cpu, GT_ON_CUDA(keep_band_on_cuda), nullptr, no_flops};

// Diagonals beyond the matrix, as the last of those that leave all or nothing: sums with them do not overflow.
Band lower_band(std::int64_t rows, std::int64_t columns, std::int64_t diagonal) {
  return {-rows, std::clamp(diagonal, -rows, columns)};
}
Band upper_band(std::int64_t rows, std::int64_t columns, std::int64_t diagonal) {
  return {std::clamp(diagonal, -rows, columns), columns};
}

template <class Op> Tensor keep_band(const Op& op, Band (*band_of)(std::int64_t, std::int64_t, std::int64_t),
                                     const Tensor& x, Location at) {
  Call call(at);
  if (x.dim() < 2) fail<ShapeError>(at, Op::name, "there is no matrix", {{"tensor", x}});
  Tensor y = new_tensor(Op::name, x.shape(), options_of(x), at);
  const Band band = band_of(x.size(-2), x.size(-1), op.diagonal);
  if (y.numel() > 0) launch(band_kernel, Op::name, band, {y}, {x.detach().contiguous()});
  return record(op, at, std::move(y), {x}, {});
}

Tensor places_in(const char* op, std::int64_t rows, std::int64_t columns, const Band& band, IntegerOptions options,
                 Location at) {
  Call call(at);
  if (rows < 0 || columns < 0) fail<ShapeError>(at, op, to_string(Shape{rows, columns}) + " has a negative size");
  std::vector<std::int64_t> places, across;
  for (std::int64_t r = 0; r < rows; ++r) {
    const auto [first, last] = kept_of(band, r, columns);
    for (std::int64_t c = first; c < last; ++c) {
      places.push_back(r);
      across.push_back(c);
    }
  }
  const auto count = static_cast<std::int64_t>(places.size());
  places.insert(places.end(), across.begin(), across.end());
  return tensor(places, {2, count}).to(options.dtype).to(options.device);
}

}  // namespace

Tensor tril(const Tensor& x, std::int64_t diagonal, Location at) {
  return keep_band(Tril{diagonal}, lower_band, x, at);
}
Tensor triu(const Tensor& x, std::int64_t diagonal, Location at) {
  return keep_band(Triu{diagonal}, upper_band, x, at);
}

Tensor tril_indices(std::int64_t rows, std::int64_t columns, std::int64_t diagonal, IntegerOptions options,
                    Location at) {
  return places_in("tril_indices", rows, columns, lower_band(rows, columns, diagonal), options, at);
}
Tensor triu_indices(std::int64_t rows, std::int64_t columns, std::int64_t diagonal, IntegerOptions options,
                    Location at) {
  return places_in("triu_indices", rows, columns, upper_band(rows, columns, diagonal), options, at);
}

void Tril::backward(Backward& ctx) {
  const Tril op = ctx.attributes<Tril>();
  ctx.add(0, keep_band(op, lower_band, ctx.take_gradient(), ctx.where()));
}
void Triu::backward(Backward& ctx) {
  const Triu op = ctx.attributes<Triu>();
  ctx.add(0, keep_band(op, upper_band, ctx.take_gradient(), ctx.where()));
}

std::vector<Example> Tril::examples() {
  return {{"of a square", {{4, 4}}, [](const auto& x) { return tril(x[0]); }},
          {"of batches, above the diagonal", {{2, 3, 5}}, [](const auto& x) { return tril(x[0], 1); }},
          {"nothing left", {{3, 2}}, [](const auto& x) { return tril(x[0], -7); }},
          {"of nothing", {{2, 0, 3}}, [](const auto& x) { return tril(x[0]); }}};
}
std::vector<Example> Triu::examples() {
  return {{"of a square", {{4, 4}}, [](const auto& x) { return triu(x[0]); }},
          {"of batches, below the diagonal", {{2, 5, 3}}, [](const auto& x) { return triu(x[0], -2); }},
          {"all left", {{3, 2}}, [](const auto& x) { return triu(x[0], INT64_MIN); }}};
}

}  // namespace gradtape
