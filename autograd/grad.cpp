#include <gradtape/autograd/grad.h>

#include <algorithm>

#include <fmt/format.h>

#include <gradtape/autograd/arithmetic.h>
#include <gradtape/autograd/backward.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/layout.h>

namespace gradtape {
namespace {

void backward_of_alias(Backward& walk) { walk.add(0, walk.take_gradient()); }
constexpr OpInfo alias_row{"alias", backward_of_alias, true};

// What f is differentiated at: a tensor of its own for each input, through which an outer tape still sees the input.
struct Variables {
  bool nested;  // an outer tape records too
  std::vector<Tensor> points;

  Variables(const char* name, const std::vector<Tensor>& inputs, bool outer, Location at) : nested(outer) {
    for (const Tensor& x : inputs) {
      if (!is_floating(x.dtype()))
        fail<DTypeError>(at, name, "only floating inputs (float16, bfloat16, float32, float64) have gradients",
                         {{"input", x}});
      Tensor own = x.detach();
      own = outer ? record(alias_row, at, std::move(own), {x}, {}, nullptr, 0) : own;
      if (!own.requires_grad()) own.requires_grad_();
      points.push_back(std::move(own));
    }
  }
};

void require_same_shapes(const char* op, const std::vector<Tensor>& inputs, const std::vector<Tensor>& given,
                         const char* role, Location at) {
  if (inputs.size() != given.size())
    fail<ValueError>(at, op, fmt::format("{} {}s for {} inputs", given.size(), role, inputs.size()));
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!ends_in(given[i].shape(), inputs[i].shape()))
      fail<ShapeError>(at, op, fmt::format("input {} and its {} differ in shape", i, role),
                       {{"input", inputs[i]}, {role, given[i]}});
}

// What f gives for inputs, as a value that can be differentiated.
template <class F, class... X>
Tensor value_of(const char* op, const F& f, Location at, const X&... x) {
  if (!f) fail<ValueError>(at, op, "an empty function was given");
  Tensor y = f(x...);
  if (!y.defined()) fail<ValueError>(at, op, "the function returned an undefined tensor");
  return y;
}

// Zeros of x's shape behind the leading dimensions that a seed has beside its output.
Tensor zeros_of(const Tensor& x, const Tensor& seed, const Tensor& output) {
  Shape shape = x.shape();
  for (int d = 0; d < seed.dim() - output.dim(); ++d) shape.insert(d, seed.shape()[d]);
  return zeros(shape, {.dtype = x.dtype(), .device = x.device()});
}

// Seeded gradients of outputs, zeros where nothing depends on an input. With `unread` only what comes of them is
// wanted.
std::vector<Tensor> pull(const std::vector<Tensor>& outputs, const std::vector<Tensor>& seeds,
                         const std::vector<Tensor>& inputs, GradOptions options, Location at, bool unread = false) {
  std::vector<Tensor> recorded;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].requires_grad()) continue;
    recorded.push_back(outputs[i]);
    options.seeds.push_back(seeds[i]);
  }
  options.allow_unused = true;
  options.create_graph |= unread;
  std::vector<Tensor> gradients(inputs.size());
  if (!recorded.empty()) gradients = gradients_of(recorded, inputs, options, unread, at);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!gradients[i].defined()) gradients[i] = zeros_of(inputs[i], seeds[0], outputs[0]);
  return gradients;
}

// [count, size]: in each row a 1, at the next place from `first` on, and 0 elsewhere.
void write_units(const Launch& work) {
  const TensorData& rows = *work.out();
  const auto first = work.as<std::int64_t>();
  const std::int64_t size = rows.shape[1];
  for (std::int64_t i = 0; i < rows.shape[0]; ++i)
    write_number(1, rows.dtype, rows.data + static_cast<std::size_t>(i * size + first + i) * size_of(rows.dtype));
}
constexpr Kernel units_kernel{write_units, nullptr, nullptr, no_flops};
Tensor units(std::int64_t first, std::int64_t count, std::int64_t size, const Tensor& like) {
  const Tensor rows = zeros({count, size}, {.dtype = like.dtype()});
  launch(units_kernel, "units", first, {rows}, {});
  return rows.to(like.device());
}

// d y_i / d x for all elements of y [size], one after the other.
Tensor by_units(const Tensor& y, const Tensor& x, const GradOptions& options, Location at) {
  const std::int64_t size = y.numel(),
                     together = std::max<std::int64_t>(1, (1 << 22) / std::max<std::int64_t>(1, size));
  const Shape shape = joined({size}, x.shape());
  std::vector<Tensor> parts;
  for (std::int64_t first = 0; first < size; first += together)
    parts.push_back(pull({y}, {units(first, std::min(together, size - first), size, y)}, {x}, options, at)[0]);
  return parts.empty() ? zeros(shape, {.dtype = x.dtype(), .device = x.device()}) : joined_gradients(parts, shape);
}

// d y_i / d x_j, [*y's shape, *x's shape].
//
// Note: fewer walks. Each row is a walk back from one element of y; each column, J · tangent as in jvp, one back along
// one element of x, for which the first walk back is recorded. So columns are taken where they are far fewer, and where
// every op on the way can be trusted to record what it passes on.
Tensor jacobian_of(const Tensor& y, const Tensor& x, bool create_graph, Location at) {
  const GradOptions options{.create_graph = create_graph, .retain_graph = true};
  const Shape shape = joined(y.shape(), x.shape());
  if (y.numel() == 1) return joined_gradients({pull({y}, {ones_like(y)}, {x}, options, at)[0]}, shape);
  if (2 * x.numel() >= y.numel() || !take_directions(y, x))
    return joined_gradients({by_units(joined_gradients({y}, {y.numel()}), x, options, at)}, shape);
  Tensor seed = zeros_like(y).requires_grad_();
  const Tensor pulled = pull({y}, {seed}, {x}, {}, at, true)[0];
  const Tensor columns = by_units(joined_gradients({pulled}, {x.numel()}), seed, options, at);
  return joined_gradients({transposed(joined_gradients({columns}, {x.numel(), y.numel()}))}, shape);
}

}  // namespace

std::vector<Tensor> grad(std::span<const Tensor> outputs, std::span<const Tensor> inputs, const GradOptions& options,
                         Location at) {
  return gradients_of(outputs, inputs, options, false, at);
}
std::vector<Tensor> grad(const Tensor& loss, std::span<const Tensor> inputs, const GradOptions& options, Location at) {
  return grad(std::span(&loss, 1), inputs, options, at);
}

std::vector<Tensor> per_example_grad(const Tensor& losses, std::span<const Tensor> inputs, const GradOptions& options,
                                     Location at) {
  Call call(at);
  if (!options.seeds.empty())
    fail<ValueError>(at, "per_example_grad", "starts from 1 for each loss, and takes no seeds");
  GradOptions seeded = options;
  const std::int64_t count = losses.numel();
  seeded.seeds = {joined_gradients({units(0, count, count, losses)}, joined(losses.shape(), losses.shape()))};
  return grad(std::span(&losses, 1), inputs, seeded, at);
}

ValueAndGrad value_and_grad(const Function& f, const std::vector<Tensor>& inputs, Location at) {
  const bool outer = detail::recording != nullptr;
  Tape tape(at);
  const Variables x("value_and_grad", inputs, outer, at);
  Tensor y = value_of("value_and_grad", f, at, x.points);
  if (y.numel() != 1) fail<ShapeError>(at, "value_and_grad", "the function must return one number", {{"value", y}});
  auto gradients = pull({y}, {ones_like(y)}, x.points, {.create_graph = outer, .retain_graph = outer}, at);
  return {outer ? y : y.detach(), std::move(gradients)};
}

Vjp vjp(const Function& f, const std::vector<Tensor>& inputs, const Tensor& seed, Location at) {
  const bool outer = detail::recording != nullptr;
  Tape tape(at);
  const Variables x("vjp", inputs, outer, at);
  Tensor y = value_of("vjp", f, at, x.points);
  if (!ends_in(seed.shape(), y.shape()))
    fail<ShapeError>(at, "vjp", "the seed has the shape of the value", {{"value", y}, {"seed", seed}});
  auto product = pull({y}, {seed}, x.points, {.create_graph = outer, .retain_graph = outer}, at);
  return {outer ? y : y.detach(), std::move(product)};
}

// Note: forward through backward. The product of a seed with the Jacobian is linear in the seed, so its own derivative,
// transposed back along the tangents, is J · tangent; every op that can be differentiated twice has it, and the branch
// that `where` did not take contributes 0 here too.
Jvp jvp(const Function& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& tangents, Location at) {
  require_same_shapes("jvp", inputs, tangents, "tangent", at);
  const bool outer = detail::recording != nullptr;
  Tape tape(at);
  const Variables x("jvp", inputs, outer, at);
  Tensor y = value_of("jvp", f, at, x.points);
  if (!y.requires_grad()) return {y, tangents.empty() ? zeros_like(y) : zeros_of(y, tangents[0], inputs[0])};
  Tensor seed = zeros_like(y).requires_grad_();
  const auto pulled = pull({y}, {seed}, x.points, {}, at, true);
  Tensor product = pull(pulled, tangents, {seed}, {.create_graph = outer, .retain_graph = outer}, at)[0];
  return {outer ? y : y.detach(), std::move(product)};
}

std::vector<Tensor> hvp(const Function& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& vectors,
                        Location at) {
  require_same_shapes("hvp", inputs, vectors, "vector", at);
  const bool outer = detail::recording != nullptr;
  Tape tape(at);
  const Variables x("hvp", inputs, outer, at);
  const Tensor y = value_of("hvp", f, at, x.points);
  if (y.numel() != 1) fail<ShapeError>(at, "hvp", "the function must return one number", {{"value", y}});
  const auto gradients = pull({y}, {ones_like(y)}, x.points, {}, at, true);
  return pull(gradients, vectors, x.points, {.create_graph = outer, .retain_graph = outer}, at);
}

Tensor jacobian(const std::function<Tensor(const Tensor&)>& f, const Tensor& input, Location at) {
  const bool outer = detail::recording != nullptr;
  Tape tape(at);
  const Variables x("jacobian", {input}, outer, at);
  return jacobian_of(value_of("jacobian", f, at, x.points[0]), x.points[0], outer, at);
}

Tensor hessian(const std::function<Tensor(const Tensor&)>& f, const Tensor& input, Location at) {
  const bool outer = detail::recording != nullptr;
  Tape tape(at);
  const Variables x("hessian", {input}, outer, at);
  const Tensor y = value_of("hessian", f, at, x.points[0]);
  if (y.numel() != 1) fail<ShapeError>(at, "hessian", "the function must return one number", {{"value", y}});
  const Tensor gradient = pull({y}, {ones_like(y)}, x.points, {}, at, true)[0];
  return jacobian_of(gradient, x.points[0], outer, at);
}

}  // namespace gradtape
