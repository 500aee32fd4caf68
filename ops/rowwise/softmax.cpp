#include <gradtape/ops/rowwise/softmax.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/divide.h>
#include <gradtape/ops/pointwise/equal.h>
#include <gradtape/ops/pointwise/log.h>
#include <gradtape/ops/pointwise/maximum.h>
#include <gradtape/ops/pointwise/subtract.h>
#include <gradtape/ops/random.h>
#include <gradtape/ops/reduce/argmax.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

// 1 where the largest along a dimension stands, the first of equals, and 0 elsewhere.
Tensor at_largest(const Tensor& x, int dim) {
  Shape along;
  along.push_back(x.size(dim));
  for (int d = dim < 0 ? dim + x.dim() : dim; d + 1 < x.dim(); ++d) along.push_back(1);
  const Tensor place = reshape(arange(0, x.size(dim), 1, {.device = x.device()}), along);
  return (argmax(x, dim, true) == place).to(x.dtype());
}

}  // namespace

Tensor gumbel_softmax(const Tensor& logits, Generator& generator, GumbelSoftmaxOptions options, Location at) {
  Call call(at);
  if (!(options.tau > 0))
    fail<ValueError>(at, "gumbel_softmax", fmt::format("tau is greater than 0, not {}", options.tau));
  const Tensor scores = is_half(logits.dtype()) ? logits.to(DType::float32) : logits;
  const Tensor u = rand(scores.shape(), generator, options_of(scores));
  const Tensor noise = -log(-log(maximum(u, 0x1p-26)));  // 0 would be an infinity
  const Tensor soft = softmax((scores + noise) / options.tau, options.dim);
  const Tensor drawn = options.hard ? at_largest(soft.detach(), options.dim) + (soft - soft.detach()) : soft;
  return drawn.to(logits.dtype());
}
Tensor gumbel_softmax(const Tensor& logits, GumbelSoftmaxOptions options, Location at) {
  return gumbel_softmax(logits, shared_generator(), options, at);
}

}  // namespace gradtape
