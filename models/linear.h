// Linear: x · weightᵀ + bias.
#pragma once

#include <optional>

#include <gradtape/models/module.h>

namespace gradtape {

struct LinearOptions {
  bool bias = true;
  DType dtype = DType::float32;
  Device device = {};
  std::optional<std::uint64_t> seed = {};  // of the first weights; without one they come from the default generator
};

// [batch…, in] → [batch…, out]. The first weights are uniform in ±1/√in.
class Linear : public Module {
 public:
  Linear(std::int64_t in, std::int64_t out, LinearOptions options = {}, Location at = Location::current());

  Tensor weight;  // [out, in]
  Tensor bias;    // [out], or undefined

 protected:
  Tensor forward(const Tensor& x) const override;
};

}  // namespace gradtape
