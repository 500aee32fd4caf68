// The largest so far along a dimension, and where it stands. A NaN is larger than all; of equals the last one counts,
// as in libtorch.
#pragma once

#include <gradtape/ops/scan.h>
#include <gradtape/ops/values_and_indices.h>

namespace gradtape {

// A number, and where it stands.
template <class Real>
struct PlacedNumber {
  Real number, place;
};

struct Cummax {
  static constexpr auto name = "cummax";
  static constexpr auto samples = between(-2, 2);
  static constexpr bool integers = true, places = true;

  template <class Real>
  GT_FN static PlacedNumber<Real> start(Real x, Real place) {
    return {x, place};
  }
  template <class Real>
  GT_FN static PlacedNumber<Real> join(PlacedNumber<Real> before, PlacedNumber<Real> after) {
    const auto later = (after.number >= before.number) | (after.number != after.number);
    return {where(later, after.number, before.number), where(later, after.place, before.place)};
  }
  template <class Real>
  GT_FN static Real finish(PlacedNumber<Real> largest) {
    return largest.place;
  }
};

// The gradient goes to what the places name.
ValuesAndIndices cummax(const Tensor& x, int dim, Location at = Location::current());

// What stands along a dimension where a scan has found it.
ValuesAndIndices values_at(const Tensor& x, int dim, const Tensor& indices, Location at);

}  // namespace gradtape
