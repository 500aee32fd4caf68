#include <gradtape/autograd/grad.h>

#include <algorithm>

#include <fmt/format.h>

#include <gradtape/autograd/arithmetic.h>
#include <gradtape/autograd/backward.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>

namespace gradtape {
namespace {

void backward_of_alias(Backward& walk) { walk.add(0, walk.take_gradient()); }
constexpr OpInfo alias_row{"alias", backward_of_alias, true};

void require_same_shapes(const char* op, const std::vector<Tensor>& inputs, const std::vector<Tensor>& given,
                         const char* role, Location at) {
  if (inputs.size() != given.size())
    fail<ValueError>(at, op, fmt::format("{} {}s for {} inputs", given.size(), role, inputs.size()));
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!ends_in(given[i].shape(), inputs[i].shape()))
      fail<ShapeError>(at, op, fmt::format("input {} and its {} differ in shape", i, role),
                       {{"input", inputs[i]}, {role, given[i]}});
}

// A function at its inputs, on a tape of its own: at a tensor for each, through which an outer tape still sees the
// input.
struct Evaluation {
  const char* const op;
  const Location at;
  const bool outer = detail::recording != nullptr;  // an outer tape records too
  const Tape tape;
  std::vector<Tensor> inputs;
  Tensor value;

  template <class F>
  Evaluation(const char* name, const F& f, const std::vector<Tensor>& given, Location where)
      : op(name), at(where), tape(where) {
    for (const Tensor& x : given) inputs.push_back(variable(x));
    if (!f) fail<ValueError>(at, op, "an empty function was given");
    if constexpr (std::is_same_v<F, Function>) value = f(inputs);
    else value = f(inputs[0]);
    if (!value.defined()) fail<ValueError>(at, op, "the function returned an undefined tensor");
  }
  void require_one_number() const {
    if (value.numel() != 1) fail<ShapeError>(at, op, "the function must return one number", {{"value", value}});
  }
  Tensor result() const { return outer ? value : value.detach(); }
  // Of the last walk.
  GradOptions options() const { return {.create_graph = outer, .retain_graph = outer}; }

 private:
  Tensor variable(const Tensor& x) const {
    if (!is_floating(x.dtype()))
      fail<DTypeError>(at, op, "only floating inputs (float16, bfloat16, float32, float64) have gradients",
                       {{"input", x}});
    Tensor own = x.detach();
    if (outer) own = record(alias_row, at, std::move(own), {x}, {}, nullptr, 0);
    if (!own.requires_grad()) own.requires_grad_();
    return own;
  }
};

// Zeros of x's shape behind the leading dimensions that a seed has beside its output.
Tensor zeros_of(const Tensor& x, const Tensor& seed, const Tensor& output) {
  Shape shape = x.shape();
  for (int d = 0; d < seed.dim() - output.dim(); ++d) shape.insert(d, seed.shape()[d]);
  return zeros(shape, options_of(x));
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

// d y_i / d x for all elements of y [size], one after the other.
Tensor by_units(const Tensor& y, const Tensor& x, const GradOptions& options, Location at) {
  const std::int64_t size = y.numel(),
                     together = std::max<std::int64_t>(1, (1 << 22) / std::max<std::int64_t>(1, size));
  const Shape shape = joined({size}, x.shape());
  std::vector<Tensor> parts;
  for (std::int64_t first = 0; first < size; first += together)
    parts.push_back(pull({y}, {unit_rows("units", first, std::min(together, size - first), size, options_of(y))}, {x},
                         options, at)[0]);
  return parts.empty() ? zeros(shape, options_of(x)) : joined_gradients(parts, shape);
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
  seeded.seeds = {joined_gradients({unit_rows("units", 0, count, count, options_of(losses))},
                                   joined(losses.shape(), losses.shape()))};
  return grad(std::span(&losses, 1), inputs, seeded, at);
}

ValueAndGrad value_and_grad(const Function& f, const std::vector<Tensor>& inputs, Location at) {
  const Evaluation y("value_and_grad", f, inputs, at);
  y.require_one_number();
  auto gradients = pull({y.value}, {ones_like(y.value)}, y.inputs, y.options(), at);
  return {y.result(), std::move(gradients)};
}

Vjp vjp(const Function& f, const std::vector<Tensor>& inputs, const Tensor& seed, Location at) {
  const Evaluation y("vjp", f, inputs, at);
  if (!ends_in(seed.shape(), y.value.shape()))
    fail<ShapeError>(at, "vjp", "the seed has the shape of the value", {{"value", y.value}, {"seed", seed}});
  auto product = pull({y.value}, {seed}, y.inputs, y.options(), at);
  return {y.result(), std::move(product)};
}

// Note: forward through backward. The product of a seed with the Jacobian is linear in the seed, so its own derivative,
// transposed back along the tangents, is J · tangent; every op that can be differentiated twice has it, and the branch
// that `where` did not take contributes 0 here too.
Jvp jvp(const Function& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& tangents, Location at) {
  require_same_shapes("jvp", inputs, tangents, "tangent", at);
  const Evaluation y("jvp", f, inputs, at);
  if (!y.value.requires_grad())
    return {y.value, tangents.empty() ? zeros_like(y.value) : zeros_of(y.value, tangents[0], inputs[0])};
  Tensor seed = zeros_like(y.value).requires_grad_();
  const auto pulled = pull({y.value}, {seed}, y.inputs, {}, at, true);
  Tensor product = pull(pulled, tangents, {seed}, y.options(), at)[0];
  return {y.result(), std::move(product)};
}

std::vector<Tensor> hvp(const Function& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& vectors,
                        Location at) {
  require_same_shapes("hvp", inputs, vectors, "vector", at);
  const Evaluation y("hvp", f, inputs, at);
  y.require_one_number();
  const auto gradients = pull({y.value}, {ones_like(y.value)}, y.inputs, {}, at, true);
  return pull(gradients, vectors, y.inputs, y.options(), at);
}

Tensor jacobian(const std::function<Tensor(const Tensor&)>& f, const Tensor& input, Location at) {
  const Evaluation y("jacobian", f, {input}, at);
  return jacobian_of(y.value, y.inputs[0], y.outer, at);
}

Tensor hessian(const std::function<Tensor(const Tensor&)>& f, const Tensor& input, Location at) {
  const Evaluation y("hessian", f, {input}, at);
  y.require_one_number();
  const Tensor gradient = pull({y.value}, {ones_like(y.value)}, y.inputs, {}, at, true)[0];
  return jacobian_of(gradient, y.inputs[0], y.outer, at);
}

}  // namespace gradtape
