#include <gradtape/ops/view/diagonal.h>

#include <algorithm>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/reduce/sum.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/view_of.h>

namespace gradtape {
namespace {

// The view that the diagonal is.
Tensor part_of(const Tensor& x, const Diagonal& of) {
  const std::int64_t down = std::max<std::int64_t>(-of.offset, 0), right = std::max<std::int64_t>(of.offset, 0);
  Shape shape = x.shape();
  Strides strides = x.strides();
  const std::int64_t step = strides[of.rows] + strides[of.columns];
  const std::int64_t first = down * strides[of.rows] + right * strides[of.columns];
  for (const int dim : {std::max(of.rows, of.columns), std::min(of.rows, of.columns)}) {
    shape.erase(dim);
    strides.erase(dim);
  }
  shape.push_back(std::max<std::int64_t>(std::min(of.row_count - down, of.column_count - right), 0));
  strides.push_back(step);
  return view_of(x, shape, strides, count_of(shape) ? first : 0);
}

Tensor diagonal(const Tensor& x, const Diagonal& of, Location at) { return record(of, at, part_of(x, of), {x}, {}); }

Tensor embed(const char* op, const Tensor& x, const Diagonal& of, Location at) {
  Shape shape = x.shape();
  shape.erase(x.dim() - 1);
  const bool rows_first = of.rows < of.columns;
  shape.insert(std::min(of.rows, of.columns), rows_first ? of.row_count : of.column_count);
  shape.insert(std::max(of.rows, of.columns), rows_first ? of.column_count : of.row_count);
  Tensor whole = new_full(op, shape, 0, options_of(x), at);
  copy_elements(x, part_of(whole, of));
  return record(DiagEmbed{of}, at, std::move(whole), {x}, {});
}

Diagonal behind(int lead, Diagonal of) {
  of.rows += lead;
  of.columns += lead;
  return of;
}

}  // namespace

Tensor diagonal(const Tensor& x, std::int64_t offset, int dim1, int dim2, Location at) {
  Call call(at);
  const Dims dims = checked_dims("diagonal", x, {dim1, dim2}, at);
  const int rows = static_cast<int>(dims[0]), columns = static_cast<int>(dims[1]);
  const std::int64_t row_count = x.shape()[rows], column_count = x.shape()[columns];
  return diagonal(x, {rows, columns, std::clamp(offset, -row_count, column_count), row_count, column_count}, at);
}

Tensor diag_embed(const Tensor& x, std::int64_t offset, int dim1, int dim2, Location at) {
  Call call(at);
  if (x.dim() == 0) fail<ShapeError>(at, "diag_embed", "a number is no diagonal", {{"tensor", x}});
  const std::int64_t length = x.size(-1);
  if (offset < -most_elements || offset > most_elements - length)
    fail<ShapeError>(at, "diag_embed", fmt::format("a diagonal at {}", offset), {{"tensor", x}});
  const std::int64_t size = length + std::abs(offset);
  const Dims dims = checked_dims("diag_embed", unsqueeze(x.detach(), 0), {dim1, dim2}, at);
  return embed("diag_embed", x, {static_cast<int>(dims[0]), static_cast<int>(dims[1]), offset, size, size}, at);
}

Tensor diag(const Tensor& x, std::int64_t offset, Location at) {
  if (x.dim() == 1) return diag_embed(x, offset, 0, 1, at);
  if (x.dim() == 2) return diagonal(x, offset, 0, 1, at);
  fail<ShapeError>(at, "diag", "neither a list nor a matrix", {{"tensor", x}},
                   "For batches: gt::diag_embed and gt::diagonal.");
}

Tensor diagflat(const Tensor& x, std::int64_t offset, Location at) {
  Call call(at);
  return diag_embed(reshape(x, {-1}), offset);
}

Tensor trace(const Tensor& x, Location at) {
  Call call(at);
  if (x.dim() != 2) fail<ShapeError>(at, "trace", "is of a matrix", {{"tensor", x}});
  return sum(diagonal(x));
}

void Diagonal::backward(Backward& ctx) {
  const Diagonal of = behind(ctx.lead(), ctx.attributes<Diagonal>());
  ctx.add(0, embed("diagonal", ctx.take_gradient(), of, ctx.where()));
}
void DiagEmbed::backward(Backward& ctx) {
  const Diagonal of = behind(ctx.lead(), ctx.attributes<DiagEmbed>().of);
  ctx.add(0, diagonal(ctx.take_gradient(), of, ctx.where()));
}

std::vector<Example> Diagonal::examples() {
  return {{"of a matrix", {{3, 4}}, [](const auto& x) { return diagonal(x[0]); }},
          {"of batches, above", {{2, 3, 4}}, [](const auto& x) { return diagonal(x[0], 2, -2, -1); }},
          {"of outer dimensions, below", {{4, 2, 3}}, [](const auto& x) { return diagonal(x[0], -1, 2, 0); }},
          {"beyond", {{2, 3}}, [](const auto& x) { return diagonal(x[0], 5); }},
          {"trace", {{3, 3}}, [](const auto& x) { return trace(x[0]); }}};
}
std::vector<Example> DiagEmbed::examples() {
  return {{"a list", {{3}}, [](const auto& x) { return diag(x[0], -1); }},
          {"batches", {{2, 3}}, [](const auto& x) { return diag_embed(x[0], 1); }},
          {"columns in front", {{2, 3}}, [](const auto& x) { return diag_embed(x[0], 1, 2, 0); }},
          {"nothing", {{0}}, [](const auto& x) { return diag(x[0]); }}};
}

}  // namespace gradtape
