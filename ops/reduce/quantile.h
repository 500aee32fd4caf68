// What stands in the middle of numbers in order, or a part of the way along them. The gradient goes to the elements
// chosen.
#pragma once

#include <string_view>

#include <gradtape/ops/axes.h>
#include <gradtape/ops/values_and_indices.h>

namespace gradtape {

// The middle one, the lower of two; NaN where there is one, and of nothing. nanmedian leaves NaN out, and is NaN where
// nothing else is. Throws ShapeError for nothing where there is no NaN to say so: along a dimension, and of integers.
Tensor median(const Tensor& x, Location at = Location::current());
Tensor nanmedian(const Tensor& x, Location at = Location::current());
// Along a dimension, with the place where it stands, of equals one.
ValuesAndIndices median(const Tensor& x, int dim, bool keepdim = false, Location at = Location::current());
ValuesAndIndices nanmedian(const Tensor& x, int dim, bool keepdim = false, Location at = Location::current());

// What stands q of the way from the smallest to the largest, 0 ≤ q ≤ 1; between two, as `interpolation` says: "linear",
// "lower", "higher", "midpoint" or "nearest", the even one of two as near. NaN where there is one; nanquantile leaves
// NaN out. The result is floating. Throws ShapeError for nothing, ValueError for a q or an interpolation that is none.
Tensor quantile(const Tensor& x, double q, Axes dims = {}, bool keepdim = false,
                std::string_view interpolation = "linear", Location at = Location::current());
Tensor nanquantile(const Tensor& x, double q, Axes dims = {}, bool keepdim = false,
                   std::string_view interpolation = "linear", Location at = Location::current());
// Of several q, [quantiles], along a first dimension of their own: [quantiles, …]; of a 0-dimensional one, as of a
// number. Where the interpolation is linear q has a gradient too. A q outside 0 to 1 is an IndexError, or nothing more
// than such a part of a row of one.
Tensor quantile(const Tensor& x, const Tensor& q, Axes dims = {}, bool keepdim = false,
                std::string_view interpolation = "linear", Location at = Location::current());
Tensor nanquantile(const Tensor& x, const Tensor& q, Axes dims = {}, bool keepdim = false,
                   std::string_view interpolation = "linear", Location at = Location::current());

}  // namespace gradtape
