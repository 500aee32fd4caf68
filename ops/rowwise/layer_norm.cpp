#include <gradtape/ops/rowwise/layer_norm.h>

#include <limits>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/fma.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

// x · weight + bias; undefined ones are left out.
Tensor affine(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (weight.defined() && bias.defined()) return fma(x, weight, bias);
  if (weight.defined()) return x * weight;
  return bias.defined() ? x + bias : x;
}

void require_shape(const char* op, Shown what, const Shape& wanted, Location at) {
  if (what.tensor.defined() && !(what.tensor.shape() == wanted))
    fail<ShapeError>(at, op, fmt::format("{} is to be {}", what.role, to_string(wanted)), {what});
}

// x with its last dimensions, which are to be of `shape`, as one: rows.
Tensor rows_of(const char* op, const Tensor& x, const Shape& shape, Location at) {
  const int outer = x.dim() - shape.rank();
  bool ends = shape.rank() > 0 && outer >= 0;
  for (int d = 0; ends && d < shape.rank(); ++d) ends = x.shape()[outer + d] == shape[d];
  if (!ends)
    fail<ShapeError>(at, op, fmt::format("the last dimensions are to be {}", to_string(shape)), {{"tensor", x}});
  return flatten(x, outer);
}

Tensor group_norm(const char* op, const Tensor& x, std::int64_t groups, const NormOptions& options, Location at) {
  const Tensor weight = along_channels(op, {"weight", options.weight}, x, at),
               bias = along_channels(op, {"bias", options.bias}, x, at);
  const std::int64_t rows = x.size(0) * groups;
  const Tensor parts = reshape(x, {rows, rows ? x.numel() / rows : 0});
  return affine(reshape(rowwise(LayerNorm{options.eps}, parts, 1, at), x.shape()), weight, bias);
}

double smallest_step(DType type) {
  return type == DType::float64 ? std::numeric_limits<double>::epsilon() : std::numeric_limits<float>::epsilon();
}

}  // namespace

Tensor along_channels(const char* op, Shown what, const Tensor& x, Location at) {
  if (!what.tensor.defined()) return {};
  if (!(what.tensor.shape() == Shape{x.size(1)}))
    fail<ShapeError>(at, op, fmt::format("{} has a number for each of the channels, dimension 1", what.role),
                     {{"tensor", x}, what});
  Shape shape{x.size(1)};
  for (int d = 2; d < x.dim(); ++d) shape.push_back(1);
  return reshape(what.tensor, shape);
}

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const NormOptions& options, Location at) {
  Call call(at);
  require_shape("layer_norm", {"weight", options.weight}, normalized_shape, at);
  require_shape("layer_norm", {"bias", options.bias}, normalized_shape, at);
  const Tensor rows = rows_of("layer_norm", x, normalized_shape, at);
  return affine(reshape(rowwise(LayerNorm{options.eps}, rows, -1, at), x.shape()), options.weight, options.bias);
}

Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const RmsNormOptions& options, Location at) {
  Call call(at);
  require_shape("rms_norm", {"weight", options.weight}, normalized_shape, at);
  const Tensor rows = rows_of("rms_norm", x, normalized_shape, at);
  const RmsNorm op{options.eps.value_or(smallest_step(x.dtype()))};
  return affine(reshape(rowwise(op, rows, -1, at), x.shape()), options.weight, {});
}

Tensor group_norm(const Tensor& x, std::int64_t groups, const NormOptions& options, Location at) {
  Call call(at);
  if (x.dim() < 2 || groups < 1 || x.size(1) % groups != 0)
    fail<ShapeError>(at, "group_norm", fmt::format("{} groups do not divide the channels, dimension 1", groups),
                     {{"tensor", x}});
  return group_norm("group_norm", x, groups, options, at);
}

Tensor instance_norm(const Tensor& x, const NormOptions& options, Location at) {
  Call call(at);
  if (x.dim() < 3)
    fail<ShapeError>(at, "instance_norm", "takes examples of channels: [batch, channels, …]", {{"tensor", x}});
  return group_norm("instance_norm", x, x.size(1), options, at);
}

}  // namespace gradtape
