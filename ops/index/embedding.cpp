#include <gradtape/ops/index/embedding.h>

#include <algorithm>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/index/index_select.h>
#include <gradtape/ops/index/indices.h>
#include <gradtape/ops/index/scatter_reduce.h>
#include <gradtape/ops/pointwise/divide.h>
#include <gradtape/ops/pointwise/equal.h>
#include <gradtape/ops/pointwise/multiply.h>
#include <gradtape/ops/pointwise/where.h>
#include <gradtape/ops/view/expand.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {
namespace {

std::int64_t checked_row(const Tensor& weight, std::int64_t row, Location at) {
  const std::int64_t rows = weight.shape()[0];
  if (row < -rows || row >= rows)
    fail<IndexError>(at, "embedding", fmt::format("there is no row {} to be padding", row), {{"weight", weight}});
  return row < 0 ? row + rows : row;
}

void bags_on_cpu(const Launch& work) {
  const TensorData &bags = *work.out(), &begins = *work.in(0);
  const std::int64_t* begin = elements<std::int64_t>(&begins);
  std::int64_t* to = elements<std::int64_t>(&bags);
  std::fill_n(to, bags.count, -1);  // where there is no bag
  for (std::int64_t bag = 0; bag < begins.count; ++bag) {
    const std::int64_t lowest = bag == 0 ? 0 : begin[bag - 1], highest = bag == 0 ? 0 : bags.count;
    if (begin[bag] < lowest || begin[bag] > highest)
      fail<IndexError>({}, work.name, fmt::format("value {} at position {} is out of range", begin[bag], bag),
                       {{"offsets", tensor_of(&begins)}},
                       fmt::format("It must be at least {} and below {}.", lowest, highest + 1));
    std::fill(to + begin[bag], to + bags.count, bag);
  }
}
constexpr Kernel bags_kernel{bags_on_cpu, GT_ON_CUDA(bags_on_cuda), nullptr, no_flops};

// Elements in bags that begin at some places.
struct Bagged {
  Tensor number_of_each;
  std::int64_t count;
};
Bagged bagged(const Tensor& indices, const Tensor& offsets, bool include_last, Location at) {
  if (indices.dim() == 2 && !offsets.defined()) {
    const std::int64_t count = indices.shape()[0];
    const Tensor numbers = arange(0, count, 1, {.dtype = int64, .device = indices.device()}, at);
    return {reshape(expand(reshape(numbers, {count, 1}), indices.shape(), at), {indices.numel()}, at), count};
  }
  if (indices.dim() != 1 || !offsets.defined() || offsets.dim() != 1 || offsets.numel() < include_last)
    fail<ShapeError>(at, "embedding_bag", "indices are [bags, in each], or a list with offsets",
                     {{"indices", indices}, {"offsets", offsets}});
  require_one_device("embedding_bag", {{"indices", indices}, {"offsets", offsets}}, at);
  const std::int64_t count = offsets.numel() - include_last;
  const Tensor begins =
      checked_indices("embedding_bag", narrow(offsets, 0, 0, count, at), indices.numel() + 1, at, 0, "offsets");
  const Tensor bags = new_tensor("embedding_bag", indices.shape(), {.dtype = int64, .device = indices.device()});
  launch(bags_kernel, "embedding_bag", NoSettings(), {bags}, {begins});
  return {bags, count};
}

}  // namespace

Tensor embedding(const Tensor& indices, const Tensor& weight, std::optional<std::int64_t> padding_idx, Location at) {
  Call call(at);
  if (weight.dim() != 2) fail<ShapeError>(at, "embedding", "weight is [rows, features]", {{"weight", weight}});
  require_one_device("embedding", {{"indices", indices}, {"weight", weight}}, at);
  const std::int64_t rows = weight.shape()[0], features = weight.shape()[1];
  const Tensor list = reshape(dense_indices("embedding", indices, rows, at), {indices.numel()}),
               dense = weight.detach().contiguous();
  Shape shape = indices.shape();
  shape.push_back(features);
  Tensor y = new_tensor("embedding", shape, options_of(weight));
  pick("embedding", 0, list, dense, reshape(y, {list.numel(), features}));
  const Tensor to = padding_idx ? where(list == checked_row(weight, *padding_idx, at), rows, list) : list;
  return record(Embedding{rows, padding_idx.has_value()}, at, std::move(y), {weight}, {to});
}

Tensor embedding_bag(const Tensor& indices, const Tensor& weight, const Tensor& offsets, EmbeddingBagOptions options,
                     Location at) {
  Call call(at);
  const Tensor given = embedding(reshape(indices, {indices.numel()}, at), weight, {}, at),
               rows = is_half(given.dtype()) ? given.to(DType::float32, at) : given;
  const Bagged bags = bagged(indices, offsets, options.include_last_offset, at);
  const Shape shape{bags.count, weight.shape()[1]};
  Tensor weighted = rows;
  if (const Tensor& w = options.per_sample_weights; w.defined()) {
    if (options.mode != EmbeddingBagMode::sum || !(w.shape() == indices.shape()))
      fail<ShapeError>(at, "embedding_bag", "there is a weight for each index, in sums",
                       {{"indices", indices}, {"per_sample_weights", w}});
    weighted = rows * reshape(w, {indices.numel(), 1}, at);
  }
  if (options.mode == EmbeddingBagMode::max)
    return scatter_reduce(zeros(shape, options_of(rows)), 0,
                          expand(reshape(bags.number_of_each, {indices.numel(), 1}, at), rows.shape(), at), rows,
                          "amax", false, at)
        .to(weight.dtype(), at);
  const Tensor sums = index_add(weighted, 0, bags.number_of_each, bags.count, at);
  if (options.mode == EmbeddingBagMode::sum) return sums.to(weight.dtype(), at);
  const Tensor counts = index_add(ones({indices.numel(), 1}, options_of(rows)), 0, bags.number_of_each, bags.count);
  return (sums / where(counts == 0, 1, counts)).to(weight.dtype(), at);
}

void Embedding::backward(Backward& ctx) {
  const auto op = ctx.attributes<Embedding>();
  const Tensor gradient = ctx.take_gradient(), list = ctx.kept(0);
  const Tensor parts = reshape(gradient, ctx.led({list.numel(), gradient.shape()[gradient.dim() - 1]})),
               sums = index_add(parts, ctx.lead(), list, op.rows + op.padded);
  ctx.add(0, op.padded ? narrow(sums, ctx.lead(), 0, op.rows) : sums);
}

std::vector<Example> Embedding::examples() {
  return {{"rows, one twice",
           {{4, 3}},
           [](const auto& x) { return embedding(tensor({{2, 0}, {2, 1}}).to(x[0].device()), x[0]); }},
          {"one number", {{2, 3}}, [](const auto& x) { return embedding(scalar(1).to(x[0].device()), x[0]); }},
          {"no gradient to padding",
           {{3, 2}},
           [](const auto& x) { return embedding(tensor({2, 1, 0}).to(x[0].device()), x[0], -1); },
           between(-2, 2),
           false},
          {"bags of the largest, one empty",
           {{4, 2}},
           [](const auto& x) {
             const auto there = [&](const Tensor& t) { return t.to(x[0].device()); };
             return embedding_bag(there(tensor({2, 0, 3, 1})), x[0], there(tensor({0, 3, 3})),
                                  {.mode = EmbeddingBagMode::max});
           }},
          {"weighted bags", {{4, 2}, {2, 2}}, [](const auto& x) {
             return embedding_bag(tensor({{2, 0}, {3, 3}}).to(x[0].device()), x[0], {},
                                  {.mode = EmbeddingBagMode::sum, .per_sample_weights = x[1]});
           }}};
}

}  // namespace gradtape
