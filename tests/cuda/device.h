// What the tests of CUDA share: skipped where there is no device.
#pragma once

#include "tests/support/near.h"

#include <gradtape/cuda/runtime.h>

inline const gt::Device cuda = gt::Device::cuda();

class Cuda : public testing::Test {
 protected:
  void SetUp() override {
    if (!gt::cuda::is_available()) GTEST_SKIP() << "no CUDA device: none is there, or this build has no CUDA";
  }
};

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
