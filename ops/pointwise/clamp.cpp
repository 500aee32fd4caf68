#include <gradtape/ops/pointwise/clamp.h>

#include <limits>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/pointwise/maximum.h>
#include <gradtape/ops/pointwise/minimum.h>

namespace gradtape {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

void require_a_bound(const Tensor& x, bool has_one, Location at) {
  if (!has_one) fail<ValueError>(at, "clamp", "neither bound is given", {{"tensor", x}});
}
bool is_whole(std::optional<Number> bound) { return !bound || bound->is_whole(); }
Number as_integer(Number bound) { return bound.as_integer(); }
// What holds nothing, as a number of the tensor's kind.
Tensor no_bound(const Tensor& x, double end, std::int64_t integer) {
  return x.defined() && is_floating(x.dtype()) ? Tensor(end) : Tensor(Number(integer));
}

}  // namespace

Tensor clamp(const Tensor& x, std::optional<Number> low, std::optional<Number> high, Location at) {
  require_a_bound(x, low || high, at);
  if (is_floating(x.dtype()) || !is_whole(low) || !is_whole(high))
    return pointwise(Clamp{low ? low->as_double() : -infinity, high ? high->as_double() : infinity}, at, x);
  Tensor y = x;
  if (low) y = pointwise(Maximum{}, at, y, Tensor(as_integer(*low)));
  if (high) y = pointwise(Minimum{}, at, y, Tensor(as_integer(*high)));
  return y.to(x.dtype(), at);
}

Tensor clamp(const Tensor& x, const Tensor& low, const Tensor& high, Location at) {
  require_a_bound(x, low.defined() || high.defined(), at);
  return pointwise(ClampBetween{}, at, x,
                   low.defined() ? low : no_bound(x, -infinity, std::numeric_limits<std::int64_t>::min()),
                   high.defined() ? high : no_bound(x, infinity, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace gradtape
