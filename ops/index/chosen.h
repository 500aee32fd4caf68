// One element of each row along a dimension, and where it stands: what max, kthvalue, median and mode share.
#pragma once

#include <functional>

#include <gradtape/ops/values_and_indices.h>

namespace gradtape {

// What stands along a dimension at the places [… 1 …] that were found there.
ValuesAndIndices at_places(const Tensor& x, int dim, const Tensor& indices, bool keepdim, Location at);

// At the places [… 1] that are found in rows [… columns], which are not empty; a number is a row of its own. Throws
// ShapeError where there is nothing to choose from.
ValuesAndIndices chosen_along(const char* op, const Tensor& x, int dim, bool keepdim,
                              const std::function<Tensor(const Tensor& rows)>& places_in, Location at);

}  // namespace gradtape
