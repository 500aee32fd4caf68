#include <gradtape/ops/reduce/quantile.h>

#include <cmath>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/index/chosen.h>
#include <gradtape/ops/index/gather.h>
#include <gradtape/ops/index/sort.h>
#include <gradtape/ops/reduce/sum.h>
#include <gradtape/ops/view/permute.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

enum class NanIs { kept, left_out };

// Of rows [… columns], how many are numbers: int64 [… 1].
Tensor numbers_in(const Tensor& rows) { return sum(rows == rows, -1, true); }

// In rows [… columns]: [… 1]. In order, NaN comes last.
Tensor place_of_middle(const Tensor& rows, NanIs nan) {
  const Tensor numbers = numbers_in(rows);
  Tensor place = floor(maximum(numbers - 1, 0).to(DType::float64) * 0.5).to(DType::int64);
  if (nan == NanIs::kept) place = where(numbers == rows.size(-1), place, numbers);
  return gather(argsort(rows, -1), -1, place);
}

ValuesAndIndices median_along(const char* op, const Tensor& x, int dim, bool keepdim, NanIs nan, Location at) {
  return chosen_along(op, x, dim, keepdim, [=](const Tensor& rows) { return place_of_middle(rows, nan); }, at);
}
Tensor median_of_all(const char* op, const Tensor& x, NanIs nan, Location at) {
  Call call(at);
  if (x.numel() == 0 && is_floating(x.dtype())) return full({}, NAN, options_of(x));
  return median_along(op, reshape(x, {x.numel()}), 0, false, nan, at).values;
}

// The dimensions of the mask last, and as one.
Tensor rows_of(const Tensor& x, unsigned mask) {
  Dims order;
  Shape shape;
  std::int64_t columns = 1;
  for (int d = 0; d < x.dim(); ++d)
    if (!(mask >> d & 1)) order.push_back(d), shape.push_back(x.size(d));
  for (int d = 0; d < x.dim(); ++d)
    if (mask >> d & 1) order.push_back(d), columns *= x.size(d);
  shape.push_back(columns);
  return reshape(permute(x, order), shape);
}
Shape left_of(const Shape& shape, unsigned mask, bool keepdim) {
  Shape left;
  for (int d = 0; d < shape.rank(); ++d) {
    if (!(mask >> d & 1)) left.push_back(shape[d]);
    else if (keepdim) left.push_back(1);
  }
  return left;
}

// The nearest whole numbers, of two the even one.
Tensor rounded(const Tensor& x) {
  const Tensor below = floor(x), part = x - below, odd = floor(below * 0.5) * 2 != below;
  return where((part > 0.5) | ((part == 0.5) & odd), below + 1, below);
}
// What stands at places [… k], counted from 0, in rows in order [… columns].
Tensor read_between(const Tensor& rows, const Tensor& places, std::string_view interpolation) {
  const auto at = [&](const Tensor& whole) { return gather(rows, -1, whole.to(DType::int64)); };
  const Tensor below = floor(places), above = -floor(-places);
  if (interpolation == "lower") return at(below);
  if (interpolation == "higher") return at(above);
  if (interpolation == "nearest") return at(rounded(places));
  const Tensor way = (interpolation == "linear" ? places - below : 0.5 * (above - below)).to(rows.dtype());
  const Tensor low = at(below);
  return where(way == 0, low, low + (at(above) - low) * way);  // an infinity less itself would be a NaN
}

// q: [k] in float64.
Tensor quantiles_of(const char* op, const Tensor& x, const Tensor& q, unsigned mask, NanIs nan,
                    std::string_view interpolation, Location at) {
  const Tensor rows = rows_of(x, mask);
  const std::int64_t last = rows.size(-1) - 1;
  if (last < 0) fail<ShapeError>(at, op, "there is nothing to choose from", {{"tensor", x}});
  const Tensor numbers = numbers_in(rows.detach()).to(DType::float64);
  const Tensor places = nan == NanIs::kept ? where(numbers > static_cast<double>(last), q * static_cast<double>(last),
                                                   static_cast<double>(last))
                                           : q * maximum(numbers - 1, 0);
  return read_between(sort(rows, -1).values, places, interpolation);
}

Tensor quantile_along(const char* op, const Tensor& x, const Tensor& q, Axes dims, bool keepdim, NanIs nan,
                      std::string_view interpolation, Location at) {
  Call call(at);
  if (is_half(x.dtype()))
    return quantile_along(op, x.to(DType::float32), q, dims, keepdim, nan, interpolation, at).to(x.dtype());
  if (!is_floating(x.dtype()))
    return quantile_along(op, x.to(DType::float64), q, dims, keepdim, nan, interpolation, at).to(DType::float32);
  if (q.dim() > 1) fail<ShapeError>(at, op, "q is a number or has one dimension", {{"q", q}, {"tensor", x}});
  if (interpolation != "linear" && interpolation != "lower" && interpolation != "higher" &&
      interpolation != "midpoint" && interpolation != "nearest")
    fail<ValueError>(at, op, fmt::format("there is no interpolation \"{}\"", interpolation), {{"tensor", x}},
                     "\"linear\", \"lower\", \"higher\", \"midpoint\" and \"nearest\" are there.");
  const unsigned mask = mask_of(op, x, dims, at);
  const Tensor all = reshape(q.to(DType::float64), {q.numel()});
  const Tensor y = quantiles_of(op, x, all, mask, nan, interpolation, at);  // [kept…, k]
  const Shape left = left_of(x.shape(), mask, keepdim);
  if (q.dim() == 0) return reshape(y, left);
  return reshape(move_dim(y, y.dim() - 1, 0, at), joined({q.numel()}, left));
}
Tensor quantile_along(const char* op, const Tensor& x, double q, Axes dims, bool keepdim, NanIs nan,
                      std::string_view interpolation, Location at) {
  if (!(q >= 0 && q <= 1)) fail<ValueError>(at, op, fmt::format("q is {}, not between 0 and 1", q), {{"tensor", x}});
  const Tensor same_place = full({}, q, {.dtype = DType::float64, .device = x.device()});
  return quantile_along(op, x, same_place, dims, keepdim, nan, interpolation, at);
}

}  // namespace

Tensor median(const Tensor& x, Location at) { return median_of_all("median", x, NanIs::kept, at); }
Tensor nanmedian(const Tensor& x, Location at) { return median_of_all("nanmedian", x, NanIs::left_out, at); }
ValuesAndIndices median(const Tensor& x, int dim, bool keepdim, Location at) {
  return median_along("median", x, dim, keepdim, NanIs::kept, at);
}
ValuesAndIndices nanmedian(const Tensor& x, int dim, bool keepdim, Location at) {
  return median_along("nanmedian", x, dim, keepdim, NanIs::left_out, at);
}

Tensor quantile(const Tensor& x, double q, Axes dims, bool keepdim, std::string_view interpolation, Location at) {
  return quantile_along("quantile", x, q, dims, keepdim, NanIs::kept, interpolation, at);
}
Tensor nanquantile(const Tensor& x, double q, Axes dims, bool keepdim, std::string_view interpolation, Location at) {
  return quantile_along("nanquantile", x, q, dims, keepdim, NanIs::left_out, interpolation, at);
}
Tensor quantile(const Tensor& x, const Tensor& q, Axes dims, bool keepdim, std::string_view interpolation,
                Location at) {
  return quantile_along("quantile", x, q, dims, keepdim, NanIs::kept, interpolation, at);
}
Tensor nanquantile(const Tensor& x, const Tensor& q, Axes dims, bool keepdim, std::string_view interpolation,
                   Location at) {
  return quantile_along("nanquantile", x, q, dims, keepdim, NanIs::left_out, interpolation, at);
}

}  // namespace gradtape
