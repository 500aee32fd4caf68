#include <gradtape/models/loss_terms.h>

#include <fmt/format.h>

namespace gradtape::detail {
namespace {

bool broadcasts_to(const Shape& shape, const Shape& wanted) {
  const int ahead = wanted.rank() - shape.rank();
  bool fits = ahead >= 0;
  for (int d = 0; fits && d < shape.rank(); ++d) fits = shape[d] == 1 || shape[d] == wanted[ahead + d];
  return fits;
}

}  // namespace

void require_same_shape(const char* op, Shown a, Shown b, Location at) {
  if (a.tensor.shape() == b.tensor.shape()) return;
  fail<ShapeError>(at, op, fmt::format("{} and {} differ in shape", a.role, b.role), {a, b},
                   "They must be equal: a loss does not broadcast.");
}

Tensor widened(const Tensor& x) { return is_half(x.dtype()) ? x.to(DType::float32) : x; }

Tensor like(const Tensor& target, const Tensor& prediction) {
  return is_floating(prediction.dtype()) ? target.to(prediction.dtype()) : target;
}

Tensor weighted(const char* op, const Tensor& terms, Shown weight, Location at) {
  if (!weight.tensor.defined()) return terms;
  if (!broadcasts_to(weight.tensor.shape(), terms.shape()))
    fail<ShapeError>(at, op, fmt::format("{} does not broadcast to the terms", weight.role),
                     {{"terms", terms}, weight});
  return chain(like(weight.tensor.detach(), terms), terms);
}

void require_known(const char* op, Reduction reduction, Location at) {
  if (reduction == Reduction::batchmean)
    fail<ValueError>(at, op, "batchmean is a reduction of kl_div alone", {}, "Use none, mean or sum.");
}

Tensor reduced(const char* op, const Tensor& losses, Reduction reduction, Location at) {
  require_known(op, reduction, at);
  return reduction == Reduction::none ? losses : reduction == Reduction::sum ? sum(losses) : mean(losses);
}

}  // namespace gradtape::detail
