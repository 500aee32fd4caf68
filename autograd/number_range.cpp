#include <gradtape/autograd/number_range.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/layout.h>

namespace gradtape::detail {

NumberRange::NumberRange(const TensorData& x) : dtype(x.dtype), count(x.count) {
  if (!is_floating(dtype)) return;
  Tensor numbers = Tensor::adopt(new_tensor_data(x.shape, x.count, DType::float64));
  copy_elements(x, *numbers.tensor_data());
  const auto* at = elements<double>(numbers.tensor_data());
  for (std::int64_t i = 0; i < x.count; ++i) {
    if (std::isnan(at[i])) ++nans;
    else if (std::isinf(at[i])) ++infinities;
    else least = std::min(least, at[i]), most = std::max(most, at[i]);
    zeros += at[i] == 0;
  }
}

std::string to_string(const NumberRange& range) {
  if (!is_floating(range.dtype)) return std::string(name_of(range.dtype));
  std::string text =
      range.least <= range.most ? fmt::format("from {:g} to {:g}", range.least, range.most) : "nothing finite";
  if (range.nans) text += fmt::format(", {} NaN", range.nans);
  if (range.infinities) text += fmt::format(", {} infinite", range.infinities);
  return text;
}

}  // namespace gradtape::detail
