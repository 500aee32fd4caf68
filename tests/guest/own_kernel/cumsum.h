// Running sums along the last dimension, with a CUDA kernel of the guest's own.
#pragma once

#include <gradtape/ops/free.h>

namespace mine {

struct Cumsum {
  static constexpr auto name = "cumsum";

  static void backward(gradtape::Backward& walk);
  static std::vector<gradtape::Example> examples();
};

// y[…, i] = x[…, 0] + … + x[…, i]. Throws ShapeError for a number, DTypeError unless floating.
gradtape::Tensor cumsum(const gradtape::Tensor& x, gradtape::Location where = gradtape::Location::current());

// In cumsum.cu. x and y are dense [rows, columns].
void cumsum_on_device(const gradtape::Tensor& x, const gradtape::Tensor& y, std::int64_t rows, std::int64_t columns);

}  // namespace mine
