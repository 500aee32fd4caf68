// What tests of CUDA share: they are skipped where there is no device.
#pragma once

#include <gradtape/ops/table.h>

#include "tests/support/near.h"

std::span<const gt::OpEntry> gradtape_op_table();

const gt::Device cuda = gt::Device::cuda();

class Cuda : public testing::Test {
 protected:
  void SetUp() override {
    if (!gt::cuda::is_available()) GTEST_SKIP() << "no CUDA device: none is there, or this build has no CUDA";
  }
};

// Numbers from an irrational walk over the range: the same each run, and no two alike.
inline gt::Tensor walk(const gt::Shape& shape, gt::Range range = gt::between(-2, 2), int input = 0) {
  auto x = gt::empty(shape, {.dtype = gt::float64});
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const double part = std::fmod(0.137 + 0.6180339887498949 * static_cast<double>(i) + 0.3331 * input, 1.0);
    x.data<double>()[i] = range.low + part * (range.high - range.low);
  }
  return x;
}

// The same numbers to the last bit; NaN equals NaN.
MATCHER_P(the_same_as, wanted, "") {
  const auto got = arg.template to_vector<double>(), other = wanted.template to_vector<double>();
  if (!(arg.shape() == wanted.shape()) || arg.dtype() != wanted.dtype()) return false;
  for (std::size_t i = 0; i < got.size(); ++i)
    if (got[i] != other[i] && !(std::isnan(got[i]) && std::isnan(other[i]))) {
      *result_listener << "element " << i << " is " << got[i] << ", wanted " << other[i];
      return false;
    }
  return true;
}
