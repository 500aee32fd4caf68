// Running sums, with compensated rounding; and what goes with them: differences, and integrals by trapezoids.
#pragma once

#include <optional>

#include <gradtape/ops/scan.h>

namespace gradtape {

struct Cumsum {
  static constexpr auto name = "cumsum";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool integers = true, sums = true;

  template <class Real>
  GT_FN static Real join(Real before, Real after) {
    return before + after;
  }
  // The running sums from the other end.
  static void gradient(Backward& ctx, Along along);
};

// y[i] = x[0] + … + x[i] along a dimension. Integers, and bool, give int64; or x is taken as of the type that is given,
// and so is the result.
Tensor cumsum(const Tensor& x, int dim, std::optional<DType> dtype = {}, Location at = Location::current());

// x[i + 1] - x[i] along a dimension, n times over; of bool whether they differ. Before that `prepend` and `append`,
// where they are defined, are joined to x. Throws ShapeError for a number, ValueError for n < 0.
Tensor diff(const Tensor& x, std::int64_t n = 1, int dim = -1, const Tensor& prepend = {}, const Tensor& append = {},
            Location at = Location::current());

// The integral of y along a dimension, which goes away: (y[i] + y[i + 1]) / 2 times the step, summed. Steps are dx, or
// those between the places x: of y's shape, or [of that dimension]. Throws ShapeError.
Tensor trapezoid(const Tensor& y, double dx = 1, int dim = -1, Location at = Location::current());
Tensor trapezoid(const Tensor& y, const Tensor& x, int dim = -1, Location at = Location::current());
// The integral up to each place but the first: one fewer along the dimension.
Tensor cumulative_trapezoid(const Tensor& y, double dx = 1, int dim = -1, Location at = Location::current());
Tensor cumulative_trapezoid(const Tensor& y, const Tensor& x, int dim = -1, Location at = Location::current());

}  // namespace gradtape
