#include <gradtape/ops/linear/matmul.h>

#include <tuple>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/broadcast.h>
#include <gradtape/ops/linear/products.h>
#include <gradtape/ops/pointwise/add.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/promotion.h>
#include <gradtape/ops/view/expand.h>
#include <gradtape/ops/view/permute.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

// The shape of the batches: all but the last two dimensions.
Shape batches_of(const Tensor& x) {
  Shape batches;
  for (int d = 0; d + 2 < x.dim(); ++d) batches.push_back(x.shape()[d]);
  return batches;
}
Shape matrices(const Shape& batches, std::int64_t rows, std::int64_t columns) {
  Shape shape = batches;
  shape.push_back(rows);
  shape.push_back(columns);
  return shape;
}

// [batches…, m, k] · [batches…, k, n], the batches broadcast.
Tensor multiply_matrices(const Tensor& left, const Tensor& right, bool is_read, Location at) {
  const std::int64_t m = left.size(-2), n = right.size(-1);
  Tensor a = left.detach(), b = right.detach();
  Shape batches = batches_of(left);
  if (left.dim() > 2 && right.dim() == 2 && left.is_contiguous()) {
    // One matrix for all batches: their rows are one tall matrix.
    a = reshape(a, {product_of(count_of(batches), m), left.size(-1)});
  } else if (left.dim() == 2 && right.dim() > 2 && n == 1 && right.is_contiguous()) {
    // One matrix by batches of columns, which lie as the rows of one: the product is the transposed one.
    batches = batches_of(right);
    std::tie(a, b) = std::pair(reshape(b, {count_of(batches), right.size(-2)}), transpose(a, 0, 1));
  } else if (left.dim() != 2 || right.dim() != 2) {
    const Tensor one = Tensor::adopt(new_tensor_data({}, 1, DType::float32, "matmul"));
    batches = broadcast_shape("matmul", expand(one, batches_of(left)), expand(one, batches_of(right)), at);
    a = expand(a, matrices(batches, m, left.size(-1)));
    b = expand(b, matrices(batches, right.size(-2), n));
  }
  const TensorOptions options = options_of(left);
  const Shape shape = matrices(batches, m, n);
  Tensor out = is_read ? new_tensor("matmul", shape, options, at) : expand(zeros({}, options), shape);
  if (is_read) {
    Tensor flat = out;
    if (a.dim() == 2 && out.dim() > 2) flat = reshape(out, {a.size(0), b.size(1)});
    write_product("matmul", flat, a, b);
  }
  return record(Matmul{left.shape(), right.shape()}, at, std::move(out), {left, right},
                {detail::wants_gradient(right) ? left : Tensor(), detail::wants_gradient(left) ? right : Tensor()});
}

// a · bᵀ. When only a has few rows, by the transposed product, which reads both along their rows.
Tensor along_rows(const Tensor& a, const Tensor& b, bool is_read) {
  constexpr std::int64_t few = 32;
  const bool turn = a.dim() == 2 && b.dim() == 2 && a.size(0) <= few && b.size(0) > few;
  if (turn) return transpose(matmul(b, transpose(a, 0, 1), is_read), 0, 1);
  return matmul(a, transpose(b, -1, -2), is_read);
}

void require_dimensions(const char* op, const Tensor& left, int of_left, const Tensor& right, int of_right,
                        Location at) {
  if (left.dim() != of_left || right.dim() != of_right)
    fail<ShapeError>(at, op, fmt::format("tensors of {} and {} dimensions were wanted", of_left, of_right),
                     {{"left", left}, {"right", right}}, "For other tensors: gt::matmul.");
}

Tensor scaled(const Tensor& x, Number by) { return by.as_double() == 1 ? x : x * by; }
Tensor add_product(const Tensor& x, const Tensor& product, Number beta, Number alpha) {
  const Tensor y = scaled(product, alpha);
  return beta.as_double() == 0 ? y : expand(scaled(x, beta), y.shape()) + y;
}

}  // namespace

Tensor mm(const Tensor& left, const Tensor& right, Location at) {
  require_dimensions("mm", left, 2, right, 2, at);
  return matmul(left, right, at);
}
Tensor bmm(const Tensor& left, const Tensor& right, Location at) {
  require_dimensions("bmm", left, 3, right, 3, at);
  if (left.size(0) != right.size(0))
    fail<ShapeError>(at, "bmm", "batches differ", {{"left", left}, {"right", right}}, "gt::matmul broadcasts them.");
  return matmul(left, right, at);
}
Tensor mv(const Tensor& matrix, const Tensor& vector, Location at) {
  require_dimensions("mv", matrix, 2, vector, 1, at);
  return matmul(matrix, vector, at);
}
Tensor dot(const Tensor& left, const Tensor& right, Location at) {
  require_dimensions("dot", left, 1, right, 1, at);
  return matmul(left, right, at);
}

Tensor addmm(const Tensor& x, const Tensor& left, const Tensor& right, Number beta, Number alpha, Location at) {
  Call call(at);
  return add_product(x, mm(left, right), beta, alpha);
}
Tensor addmv(const Tensor& x, const Tensor& matrix, const Tensor& vector, Number beta, Number alpha, Location at) {
  Call call(at);
  return add_product(x, mv(matrix, vector), beta, alpha);
}
Tensor baddbmm(const Tensor& x, const Tensor& left, const Tensor& right, Number beta, Number alpha, Location at) {
  Call call(at);
  return add_product(x, bmm(left, right), beta, alpha);
}

Tensor matmul(const Tensor& left, const Tensor& right, Location at) { return matmul(left, right, true, at); }
Tensor matmul(const Tensor& left, const Tensor& right, bool is_read, Location at) {
  Call call(at);
  if (left.dim() == 0 || right.dim() == 0)
    fail<ShapeError>(at, "matmul", "a number is no matrix", {{"left", left}, {"right", right}}, "Use * for numbers.");
  require_one_device("matmul", {{"left", left}, {"right", right}}, at);
  const std::int64_t columns = left.size(-1), rows = right.size(right.dim() == 1 ? 0 : -2);
  if (columns != rows)
    fail<ShapeError>(at, "matmul", "columns of left and rows of right differ", {{"left", left}, {"right", right}},
                     fmt::format("{} and {} must be equal.", columns, rows));
  const Tensor* both[] = {&left, &right};
  DType dtype = promoted_type(both);
  if (!is_floating(dtype)) dtype = DType::float32;
  Tensor a = left.to(dtype), b = right.to(dtype);
  if (a.dim() == 1) a = unsqueeze(a, 0);
  if (b.dim() == 1) b = unsqueeze(b, 1);
  Tensor y = multiply_matrices(a, b, is_read, at);
  if (right.dim() == 1) y = squeeze(y, -1);
  if (left.dim() == 1) y = squeeze(y, right.dim() == 1 ? -1 : -2);
  return y;
}

void Matmul::backward(Backward& ctx) {
  const Tensor gradient = ctx.take_gradient(), left = ctx.kept(0), right = ctx.kept(1);
  const Matmul op = ctx.attributes<Matmul>();
  if (ctx.wants(0)) ctx.add(0, sum_to(along_rows(gradient, right, ctx.is_read(0)), op.left, ctx.lead()));
  if (ctx.wants(1)) ctx.add(1, sum_to(matmul(transpose(left, -1, -2), gradient, ctx.is_read(1)), op.right, ctx.lead()));
}

std::vector<Example> Matmul::examples() {
  auto product = [](const std::vector<Tensor>& x) { return matmul(x[0], x[1]); };
  return {{"matrices", {{3, 4}, {4, 5}}, product},
          {"one element", {{1, 1}, {1, 1}}, product},
          {"a lane more", {{17, 9}, {9, 33}}, product},
          {"nothing inside", {{2, 0}, {0, 3}}, product},
          {"no rows", {{0, 2}, {2, 3}}, product},
          {"vectors", {{5}, {5}}, product},
          {"row", {{3}, {3, 4}}, product},
          {"column", {{4, 3}, {3}}, product},
          {"batches", {{2, 3, 4}, {2, 4, 2}}, product},
          {"batches of one matrix", {{2, 3, 4}, {4, 2}}, product},
          {"one matrix by batches", {{3, 4}, {2, 4, 2}}, product},
          {"broadcast batches", {{2, 1, 2, 3}, {3, 3, 2}}, product},
          {"batches by a vector", {{2, 3, 4}, {4}}, product},
          {"transposed", {{4, 3}, {5, 4}}, [](const auto& x) { return matmul(t(x[0]), t(x[1])); }}};
}

}  // namespace gradtape
