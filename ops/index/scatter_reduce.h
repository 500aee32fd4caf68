// Elements gathered at places that are named for each: their sum, product, mean, largest or smallest there.
#pragma once

#include <string_view>

#include <gradtape/ops/free.h>
#include <gradtape/ops/index/indices.h>

namespace gradtape {

// The product, largest and smallest; sums and means are compositions.
struct ScatterReduce {
  static constexpr auto name = "scatter_reduce";
  int dim;
  Combine how;
  bool include_self;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// x with what `values` make at the places that indices name, as in scatter(): their "sum", "prod", "mean", "amax" or
// "amin", with x's own element there unless include_self is false. A place that is not named keeps its element. Equals
// share the gradient of amax and amin; that of prod is right with any number of zeros, and its second derivatives cost
// the square of what is picked along the dimension. Throws as scatter() does, and ValueError for another word.
Tensor scatter_reduce(const Tensor& x, int dim, const Tensor& indices, const Tensor& values, std::string_view reduce,
                      bool include_self = true, Location at = Location::current());

}  // namespace gradtape
