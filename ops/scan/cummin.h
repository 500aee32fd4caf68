// The smallest so far along a dimension, and where it stands. A NaN is smaller than all; of equals the last one counts,
// as in libtorch.
#pragma once

#include <gradtape/ops/scan.h>
#include <gradtape/ops/scan/cummax.h>

namespace gradtape {

struct Cummin {
  static constexpr auto name = "cummin";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool integers = true, places = true;

  template <class Real>
  GT_FN static PlacedNumber<Real> start(Real x, Real place) {
    return {x, place};
  }
  template <class Real>
  GT_FN static PlacedNumber<Real> join(PlacedNumber<Real> before, PlacedNumber<Real> after) {
    const auto later = (after.number <= before.number) | (after.number != after.number);
    return {where(later, after.number, before.number), where(later, after.place, before.place)};
  }
  template <class Real>
  GT_FN static Real finish(PlacedNumber<Real> smallest) {
    return smallest.place;
  }
};

// The gradient goes to what the places name.
ValuesAndIndices cummin(const Tensor& x, int dim, Location at = Location::current());

}  // namespace gradtape
