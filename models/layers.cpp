#include <gradtape/models/layers.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>

namespace gradtape {
namespace {

// Moves running statistics towards a batch's.
void take_in(Tensor& running, const Tensor& batch, double momentum) {
  if (running.defined()) running.copy_(lerp(running.detach(), reshape(batch.detach(), running.shape()), momentum));
}

Tensor dropped(const Tensor& x, double p, bool training, Location at, auto rand) {
  if (!(p >= 0 && p <= 1)) fail<ValueError>(at, "dropout", fmt::format("p is a chance from 0 to 1, not {}", p));
  if (!training || p == 0) return x;
  Call call(at);
  const Tensor stays = rand(x.shape(), TensorOptions{.device = x.device()}) >= p;
  return gradtape::where(stays, p == 1 ? x : x / (1 - p), 0);
}

}  // namespace

Tensor batch_norm(const Tensor& x, Tensor running_mean, Tensor running_var, const BatchNormOptions& options,
                  Location at) {
  Call call(at);
  constexpr auto op = "batch_norm";
  if (x.dim() < 2) fail<ShapeError>(at, op, "takes [batch, channels, …]", {{"x", x}});
  const Tensor known_mean = along_channels(op, {"running_mean", running_mean}, x, at),
               known_var = along_channels(op, {"running_var", running_var}, x, at),
               weight = along_channels(op, {"weight", options.weight}, x, at),
               bias = along_channels(op, {"bias", options.bias}, x, at);
  Tensor mean = known_mean, variance = known_var;
  if (options.training) {
    const std::int64_t count = x.size(1) ? x.numel() / x.size(1) : 0;
    if (count == 1) fail<ValueError>(at, op, "one number a channel has no variance to train by", {{"x", x}});
    Dims others{0};
    for (int d = 2; d < x.dim(); ++d) others.push_back(d);
    const VarAndMean of_batch = var_mean(x, others, 0, true);
    mean = of_batch.mean, variance = of_batch.var;
    take_in(running_mean, mean, options.momentum);
    take_in(running_var, variance * (double(count) / double(count - 1)), options.momentum);
  } else if (!mean.defined() || !variance.defined()) {
    fail<ValueError>(at, op, "without running statistics there is nothing to go by but the batch", {{"x", x}},
                     "Say .training = true.");
  }
  const Tensor scale = rsqrt(variance + options.eps), centred = x - mean;
  const Tensor slope = weight.defined() ? scale * weight : scale;
  return bias.defined() ? fma(centred, slope, bias) : centred * slope;
}

Tensor normalize(const Tensor& x, NormalizeOptions options, Location at) {
  Call call(at);
  return x / clamp_min(norm(x, options.p, {options.dim}, true), options.eps);
}

Tensor cosine_similarity(const Tensor& a, const Tensor& b, CosineSimilarityOptions options, Location at) {
  Call call(at);
  const NormalizeOptions length{.dim = options.dim, .eps = options.eps};
  return sum(normalize(a, length) * normalize(b, length), {options.dim});
}

Tensor pairwise_distance(const Tensor& a, const Tensor& b, PairwiseDistanceOptions options, Location at) {
  Call call(at);
  return norm(a - b + options.eps, options.p, {-1}, options.keepdim);
}

Tensor cdist(const Tensor& a, const Tensor& b, double p, Location at) {
  Call call(at);
  if (a.dim() < 2 || b.dim() < 2 || a.size(-1) != b.size(-1))
    fail<ShapeError>(at, "cdist", "takes rows of as many features", {{"a", a}, {"b", b}});
  return norm(unsqueeze(a, -2) - unsqueeze(b, b.dim() - 2), p, {-1});
}

Tensor dropout(const Tensor& x, double p, bool training, Location at) {
  return dropped(x, p, training, at, [](const Shape& shape, TensorOptions options) { return rand(shape, options); });
}
Tensor dropout(const Tensor& x, Generator& generator, double p, bool training, Location at) {
  return dropped(x, p, training, at,
                 [&](const Shape& shape, TensorOptions options) { return rand(shape, generator, options); });
}

Tensor bilinear(const Tensor& a, const Tensor& b, const Tensor& weight, const Tensor& bias, Location at) {
  Call call(at);
  constexpr auto op = "bilinear";
  if (weight.dim() != 3 || a.dim() < 1 || b.dim() < 1 || a.size(-1) != weight.size(1) || b.size(-1) != weight.size(2))
    fail<ShapeError>(at, op, "a [batch…, m] and b [batch…, n] meet a weight [out, m, n]",
                     {{"a", a}, {"b", b}, {"weight", weight}});
  if (bias.defined() && !(bias.shape() == Shape{weight.size(0)}))
    fail<ShapeError>(at, op, "there is a bias for each output", {{"weight", weight}, {"bias", bias}});
  // [batch…, 1, m] · [out, m, n] would broadcast the batch against the outputs: all products at once instead.
  Shape shape = a.shape();
  shape[shape.rank() - 1] = weight.size(0);
  shape.push_back(weight.size(2));
  const Tensor left = reshape(matmul(a, reshape(permute(weight, {1, 0, 2}), {weight.size(1), -1})), shape);
  const Tensor y = sum(left * unsqueeze(b, -2), {-1});
  return bias.defined() ? y + bias : y;
}

}  // namespace gradtape
