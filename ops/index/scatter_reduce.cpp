#include <gradtape/ops/index/scatter_reduce.h>

#include <fmt/format.h>

#include <gradtape/autograd/arithmetic.h>
#include <gradtape/autograd/error.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/index/gather.h>
#include <gradtape/ops/index/scatter.h>
#include <gradtape/ops/reduce/prod.h>
#include <gradtape/ops/view/expand.h>
#include <gradtape/ops/view/reshape.h>

namespace gradtape {
namespace {

// What is reduced, and into what.
struct Reduced {
  Tensor x, list, values;
  ScatterReduce op;
};

Tensor sum_at_places(const Reduced& to, Location at) {
  const Tensor& begin = to.op.include_self ? to.x : scatter(to.x, to.op.dim, to.list, 0, at);
  return scatter_add(begin, to.op.dim, to.list, to.values, at);
}
Tensor mean_at_places(const Reduced& to, Location at) {
  if (is_half(to.x.dtype()))
    return mean_at_places({to.x.to(DType::float32), to.list, to.values.to(DType::float32), to.op}, at).to(to.x.dtype());
  const TensorOptions type{.dtype = is_floating(to.x.dtype()) ? to.x.dtype() : DType::float32, .device = to.x.device()};
  const Tensor own = full(to.x.shape(), to.op.include_self, type),
               counts = scatter_add(own, to.op.dim, to.list, ones(to.list.shape(), type), at);
  return sum_at_places(to, at) / where(counts == 0, 1, counts);
}

Tensor chosen_at_places(const Reduced& to, Location at) {
  const auto& [x, list, values, op] = to;
  if (is_half(x.dtype()))
    return chosen_at_places({x.to(DType::float32), list, values.to(DType::float32), op}, at).to(x.dtype());
  const Tensor y = new_tensor(ScatterReduce::name, x.shape(), options_of(x));
  Tensor own = x.detach();
  if (!op.include_self) {  // starts from what changes nothing: 1, or one of the values themselves
    const bool product = op.how == Combine::multiply;
    const Tensor begin = product ? element_of(ScatterReduce::name, x, 1, at) : values.detach();
    combine(ScatterReduce::name, Combine::put, op.dim, list, own, expand(begin, list.shape(), at), y);
    own = y;
  }
  combine(ScatterReduce::name, op.how, op.dim, list, own, values.detach(), y);
  return record(op, at, y, {x, values}, {x, values, list, y.detach()});
}

Tensor true_where_named(const Tensor& x, int dim, const Tensor& list) {
  return scatter(zeros(x.shape(), {.dtype = boolean, .device = x.device()}), dim, list, 1);
}

// Those that are as large as the result share its gradient.
void extreme_backward(Backward& ctx, const ScatterReduce& op) {
  const Tensor gradient = ctx.take_gradient(), x = ctx.kept(0), values = ctx.kept(1), list = ctx.kept(2),
               y = ctx.kept(3);
  const Tensor own = op.include_self ? x == y : !true_where_named(x, op.dim, list),
               chosen = values == gather(y, op.dim, list);
  const Tensor sharers = scatter_add(own.to(x.dtype()), op.dim, list, chosen.to(x.dtype())), share = gradient / sharers;
  if (ctx.wants(0)) ctx.add(0, where(own, share, 0));
  if (ctx.wants(1)) ctx.add(1, where(chosen, gather(share, op.dim, list), 0));
}

// The product of the others at each value's place. Of all but zeros, where there is no other zero.
Tensor product_of_others(const ScatterReduce& op, const Tensor& x, const Tensor& values, const Tensor& list) {
  const TensorOptions type = options_of(x);
  const Tensor is_zero = values == 0,
               own_zero = op.include_self ? x == 0 : zeros(x.shape(), {.dtype = boolean, .device = x.device()});
  const Tensor zero_count = scatter_add(own_zero.to(x.dtype()), op.dim, list, is_zero.to(x.dtype())),
               begin = op.include_self ? where(own_zero, 1, x) : ones(x.shape(), type),
               others = where(is_zero, 1, values);
  const Tensor all = scatter_reduce(begin, op.dim, list, others, "prod");
  return where(gather(zero_count, op.dim, list) == is_zero, gather(all, op.dim, list) / others, 0);
}
// The same with derivatives of every order: the product of a row in which all but the others are 1.
Tensor recorded_product_of_others(const ScatterReduce& op, const Tensor& x, const Tensor& values, const Tensor& list) {
  const std::int64_t count = list.shape()[op.dim];
  Shape one_below_other(list.shape());
  for (int d = 0; d < list.dim(); ++d) one_below_other[d] = d == op.dim ? count : 1;
  const Tensor numbers = reshape(arange(0, count, 1, {.dtype = int64, .device = x.device()}), one_below_other);
  auto of_each = [&](const Tensor& t) { return unsqueeze(t, op.dim + 1); };
  auto of_all = [&](const Tensor& t) { return unsqueeze(t, op.dim); };
  const Tensor is_other = (of_each(list) == of_all(list)) & (of_each(numbers) != of_all(numbers));
  const Tensor others = prod(where(is_other, of_all(values), 1), {op.dim + 1});
  return op.include_self ? others * gather(x, op.dim, list) : others;
}

void product_backward(Backward& ctx, const ScatterReduce& op) {
  const Tensor gradient = ctx.take_gradient(), x = ctx.kept(0), values = ctx.kept(1), list = ctx.kept(2);
  if (ctx.wants(0)) {
    const Tensor of_values = scatter_reduce(ones(x.shape(), options_of(x)), op.dim, list, values, "prod");
    ctx.add(0, op.include_self ? chain(gradient, of_values) : scatter(gradient, op.dim, list, 0));
  }
  if (!ctx.wants(1)) return;
  const auto others = ctx.create_graph() ? recorded_product_of_others : product_of_others;
  ctx.add(1, chain(gather(gradient, op.dim, list), others(op, x, values, list)));
}

}  // namespace

Tensor scatter_reduce(const Tensor& x, int dim, const Tensor& indices, const Tensor& values, std::string_view reduce,
                      bool include_self, Location at) {
  Call call(at);
  constexpr struct {
    std::string_view word;
    Tensor (*at_places)(const Reduced& to, Location at);
    Combine how;
  } reductions[] = {{"sum", sum_at_places, Combine::add},
                    {"mean", mean_at_places, Combine::add},
                    {"prod", chosen_at_places, Combine::multiply},
                    {"amax", chosen_at_places, Combine::largest},
                    {"amin", chosen_at_places, Combine::smallest}};
  for (const auto& [word, at_places, how] : reductions)
    if (word == reduce) {
      const Scattering to = scattering_of("scatter_reduce", x, dim, indices, values, at);
      const Tensor part = at_places({to.part, to.list, to.values, {to.dim, how, include_self}}, at);
      return with_reached(x.to(part.dtype(), at), part, to.dim, at);
    }
  fail<ValueError>(at, "scatter_reduce", fmt::format("\"{}\" is no reduction", reduce), {},
                   "There are sum, prod, mean, amax and amin.");
}

void ScatterReduce::backward(Backward& ctx) {
  const auto op = ctx.attributes<ScatterReduce>();
  op.how == Combine::multiply ? product_backward(ctx, op) : extreme_backward(ctx, op);
}

std::vector<Example> ScatterReduce::examples() {
  std::vector<Example> all;
  for (const std::string_view word : {"sum", "mean", "prod", "amax", "amin"})
    for (const bool include_self : {true, false})
      all.push_back(
          {fmt::format("{}{}", word, include_self ? "" : ", without its own"), {{3, 4}, {3, 3}}, [=](const auto& x) {
             const Tensor list = tensor<std::int64_t>({{1, 1, 1}, {3, 0, 3}, {0, 2, 1}}).to(x[0].device());
             return scatter_reduce(x[0], 1, list, x[1], word, include_self);
           }});
  all.push_back({"a corner along rows", {{4, 3}, {3, 3}}, [](const auto& x) {
                   const Tensor list = tensor<std::int64_t>({{3, 0}, {3, 1}}).to(x[0].device());
                   return scatter_reduce(x[0], 0, list, x[1], "prod");
                 }});
  return all;
}

}  // namespace gradtape
