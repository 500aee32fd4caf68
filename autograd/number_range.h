// What the numbers of a tensor are like, for messages. Internal.
#pragma once

#include <limits>
#include <string>

#include <gradtape/autograd/tensor_data.h>

namespace gradtape::detail {

struct NumberRange {
  // Of integers nothing is said.
  explicit NumberRange(const TensorData& x);

  DType dtype;
  double least = std::numeric_limits<double>::infinity(), most = -least;  // of the finite ones
  std::int64_t count = 0, zeros = 0, nans = 0, infinities = 0;
  bool finite() const { return nans == 0 && infinities == 0; }
  bool all_zero() const { return zeros == count; }
};
// "from 0 to 1.5, 2 NaN"
std::string to_string(const NumberRange& range);

}  // namespace gradtape::detail
