#include <gradtape/ops/linear/linear.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/linear/matmul.h>
#include <gradtape/ops/linear/products.h>
#include <gradtape/ops/promotion.h>
#include <gradtape/ops/reduce/sum.h>
#include <gradtape/ops/view/permute.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

// x [batch, in]
Tensor affine(const Tensor& x, const Tensor& weight, const Tensor& bias, Location at) {
  Tensor y = new_tensor("linear", {x.shape()[0], weight.shape()[0]}, options_of(x), at);
  write_product("linear", y, x, weight, {.right_transposed = true}, bias);
  return record(LinearOp{}, at, std::move(y), {x, weight, bias},
                {detail::wants_gradient(weight) ? x : Tensor(), detail::wants_gradient(x) ? weight : Tensor()});
}

// [batch…, in] as [rows, in]
Tensor flatten_rows(const Tensor& x) {
  std::int64_t rows = 1;
  for (int d = 0; d + 1 < x.dim(); ++d) rows = product_of(rows, x.shape()[d]);
  return reshape(x, {rows, x.size(-1)});
}

void check(const Tensor& x, const Tensor& weight, const Tensor& bias, Location at) {
  if (x.dim() == 0 || weight.dim() != 2 || x.size(-1) != weight.shape()[1])
    fail<ShapeError>(at, "linear", "features of x and of weight differ", {{"x", x}, {"weight", weight}},
                     "x is [batch, in] and weight [out, in].");
  if (bias.defined() && !(bias.shape() == Shape{weight.shape()[0]}))
    fail<ShapeError>(at, "linear", "bias and weight differ in what they give", {{"weight", weight}, {"bias", bias}},
                     "weight is [out, in] and bias [out].");
}

// As in matmul, integers among themselves give float32.
DType type_of_result(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const Tensor* all[] = {&x, &weight, &bias};
  const DType dtype = promoted_type(std::span(all, bias.defined() ? 3 : 2));
  return is_floating(dtype) ? dtype : DType::float32;
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Location at) {
  Call call(at);
  check(x, weight, bias, at);
  require_one_device("linear", {{"x", x}, {"weight", weight}, {"bias", bias}}, at);
  const DType dtype = type_of_result(x, weight, bias);
  const bool alike = x.dtype() == dtype && weight.dtype() == dtype && (!bias.defined() || bias.dtype() == dtype);
  if (!alike) [[unlikely]] {
    auto as_result = [&](const Tensor& t) { return t.defined() ? t.to(dtype) : t; };
    return linear(as_result(x), as_result(weight), as_result(bias), at);
  }
  const Tensor dense_bias = bias.defined() ? bias.contiguous() : bias;
  if (x.dim() == 2) [[likely]]
    return affine(x, weight, dense_bias, at);
  Shape shape = x.shape();
  shape[x.dim() - 1] = weight.shape()[0];
  return reshape(affine(flatten_rows(x), weight, dense_bias, at), shape);
}

void LinearOp::backward(Backward& walk) {
  const Tensor gradient = walk.take_gradient();
  if (walk.wants(0)) walk.add(0, matmul(gradient, walk.kept(1)));
  if (walk.wants(1)) walk.add(1, matmul(transpose(gradient, -1, -2), walk.kept(0), walk.is_read(1)));
  if (walk.wants(2)) walk.add(2, sum(gradient, {-2}));
}

std::vector<Example> LinearOp::examples() {
  auto with_bias = [](const std::vector<Tensor>& x) { return linear(x[0], x[1], x[2]); };
  return {{"batch", {{5, 3}, {4, 3}, {4}}, with_bias},
          {"no bias", {{5, 3}, {4, 3}}, [](const auto& x) { return linear(x[0], x[1]); }},
          {"one example without a batch", {{3}, {2, 3}, {2}}, with_bias},
          {"batches of batches", {{2, 3, 4}, {2, 4}, {2}}, with_bias},
          {"empty batch", {{0, 3}, {2, 3}, {2}}, with_bias},
          {"a lane more", {{17, 33}, {11, 33}, {11}}, with_bias}};
}

}  // namespace gradtape
