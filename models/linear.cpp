#include <gradtape/models/linear.h>

#include <cmath>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops.h>
#include <gradtape/ops/random.h>

namespace gradtape {

Linear::Linear(std::int64_t in, std::int64_t out, LinearOptions options, Location at) {
  Call call(at);
  if (in < 1 || out < 1) fail<ValueError>(at, "Linear", fmt::format("{} features to {} cannot be", in, out));
  if (!is_floating(options.dtype))
    fail<DTypeError>(at, "Linear", fmt::format("weights of type {} cannot be learned", name_of(options.dtype)));
  NoGrad pause;
  std::optional<Generator> own;
  if (options.seed) own.emplace(*options.seed, static_cast<std::uint64_t>(in) << 32 | static_cast<std::uint64_t>(out));
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  const TensorOptions like{.dtype = options.dtype, .device = options.device};
  auto uniform = [&](const Shape& shape) {
    return ((own ? rand(shape, *own, like) : rand(shape, like)) * 2 - 1) * bound;
  };
  add_parameter("weight", weight, uniform({out, in}));
  if (options.bias) add_parameter("bias", bias, uniform({out}));
}

Tensor Linear::forward(const Tensor& x) const { return linear(x, weight, bias); }

}  // namespace gradtape
