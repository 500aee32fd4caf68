#include <gradtape/autograd/grad.h>

#include <fmt/format.h>

#include <gradtape/autograd/backward.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/layout.h>

namespace gradtape {
namespace {

void backward_of_alias(Backward& walk) { walk.add(0, walk.take_gradient()); }
constexpr OpRow alias_row{"alias", backward_of_alias};

// What f is differentiated at: a tensor of its own for each input, through which an outer tape still sees the input.
struct Variables {
  bool nested;  // an outer tape records too
  std::vector<Tensor> at;

  Variables(const char* name, const std::vector<Tensor>& inputs, bool outer, Location where) : nested(outer) {
    for (const Tensor& x : inputs) {
      if (!is_floating(x.dtype()))
        fail<DTypeError>(where, name, "only floating inputs (float16, bfloat16, float32, float64) have gradients",
                         {{"input", x}});
      Tensor own = x.detach();
      own = outer ? record(alias_row, where, std::move(own), {x}, {}, nullptr, 0) : own;
      if (!own.requires_grad()) own.requires_grad_();
      at.push_back(std::move(own));
    }
  }
};

void require_same_shapes(const char* op, const std::vector<Tensor>& inputs, const std::vector<Tensor>& given,
                         const char* role, Location where) {
  if (inputs.size() != given.size())
    fail<ValueError>(where, op, fmt::format("{} {}s for {} inputs", given.size(), role, inputs.size()));
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!(inputs[i].shape() == given[i].shape()))
      fail<ShapeError>(where, op, fmt::format("input {} and its {} differ in shape", i, role),
                       {{"input", inputs[i]}, {role, given[i]}});
}

// What f gives for inputs, as a value that can be differentiated.
template <class F, class... X>
Tensor value_of(const char* op, const F& f, Location where, const X&... x) {
  if (!f) fail<ValueError>(where, op, "an empty function was given");
  Tensor y = f(x...);
  if (!y.defined()) fail<ValueError>(where, op, "the function returned an undefined tensor");
  return y;
}

std::vector<Tensor> or_zeros(std::vector<Tensor> gradients, const std::vector<Tensor>& like) {
  for (std::size_t i = 0; i < like.size(); ++i)
    if (!gradients[i].defined()) gradients[i] = zeros_like(like[i]);
  return gradients;
}

// Seeded gradients of outputs, zeros where nothing depends on an input.
std::vector<Tensor> pull(const std::vector<Tensor>& outputs, const std::vector<Tensor>& seeds,
                         const std::vector<Tensor>& inputs, GradOptions options, Location where) {
  std::vector<Tensor> recorded;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].requires_grad()) continue;
    recorded.push_back(outputs[i]);
    options.seeds.push_back(seeds[i]);
  }
  options.allow_unused = true;
  if (recorded.empty()) return or_zeros(std::vector<Tensor>(inputs.size()), inputs);
  return or_zeros(grad(recorded, inputs, options, where), inputs);
}

// 1 at one element, 0 elsewhere.
void write_one(const Launch& work) {
  const Body& x = *work.out();
  write_number(1, x.dtype, x.data + static_cast<std::size_t>(work.as<std::int64_t>()) * size_of(x.dtype));
}
constexpr Kernel one_kernel{write_one};
Tensor unit_like(const Tensor& x, std::int64_t element) {
  const Tensor unit = zeros(x.shape(), {.dtype = x.dtype()});
  launch(one_kernel, "unit", element, {unit}, {});
  return unit.to(x.device());
}

Shape joined(const Shape& a, const Shape& b) {
  Shape both = a;
  for (auto size : b) both.push_back(size);
  return both;
}

// The rows d y_i / d x, [*y's shape, *x's shape].
Tensor rows_of_jacobian(const Tensor& y, const Tensor& x, bool create_graph, Location where) {
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < y.numel(); ++i)
    rows.push_back(pull({y}, {unit_like(y, i)}, {x}, {.create_graph = create_graph, .retain_graph = true}, where)[0]);
  const Shape shape = joined(y.shape(), x.shape());
  return rows.empty() ? zeros(shape, {.dtype = x.dtype(), .device = x.device()}) : joined_gradients(rows, shape);
}

}  // namespace

ValueAndGrad value_and_grad(const Function& f, const std::vector<Tensor>& inputs, Location where) {
  const bool outer = recording != nullptr;
  Tape tape(where);
  const Variables x("value_and_grad", inputs, outer, where);
  Tensor y = value_of("value_and_grad", f, where, x.at);
  if (y.numel() != 1) fail<ShapeError>(where, "value_and_grad", "the function must return one number", {{"value", y}});
  auto gradients = pull({y}, {ones_like(y)}, x.at, {.create_graph = outer, .retain_graph = outer}, where);
  return {outer ? y : y.detach(), std::move(gradients)};
}

Vjp vjp(const Function& f, const std::vector<Tensor>& inputs, const Tensor& seed, Location where) {
  const bool outer = recording != nullptr;
  Tape tape(where);
  const Variables x("vjp", inputs, outer, where);
  Tensor y = value_of("vjp", f, where, x.at);
  if (!(y.shape() == seed.shape()))
    fail<ShapeError>(where, "vjp", "the seed has the shape of the value", {{"value", y}, {"seed", seed}});
  auto product = pull({y}, {seed}, x.at, {.create_graph = outer, .retain_graph = outer}, where);
  return {outer ? y : y.detach(), std::move(product)};
}

// Note: forward through backward. The product of a seed with the Jacobian is linear in the seed, so its own derivative,
// transposed back along the tangents, is J · tangent; every op that can be differentiated twice has it, and the branch
// that `where` did not take contributes 0 here too.
Jvp jvp(const Function& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& tangents, Location where) {
  require_same_shapes("jvp", inputs, tangents, "tangent", where);
  const bool outer = recording != nullptr;
  Tape tape(where);
  const Variables x("jvp", inputs, outer, where);
  Tensor y = value_of("jvp", f, where, x.at);
  if (!y.requires_grad()) return {y, zeros_like(y)};
  Tensor seed = zeros_like(y).requires_grad_();
  const auto pulled = pull({y}, {seed}, x.at, {.create_graph = true}, where);
  Tensor product = pull(pulled, tangents, {seed}, {.create_graph = outer, .retain_graph = outer}, where)[0];
  return {outer ? y : y.detach(), std::move(product)};
}

std::vector<Tensor> hvp(const Function& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& vectors,
                        Location where) {
  require_same_shapes("hvp", inputs, vectors, "vector", where);
  const bool outer = recording != nullptr;
  Tape tape(where);
  const Variables x("hvp", inputs, outer, where);
  const Tensor y = value_of("hvp", f, where, x.at);
  if (y.numel() != 1) fail<ShapeError>(where, "hvp", "the function must return one number", {{"value", y}});
  const auto gradients = pull({y}, {ones_like(y)}, x.at, {.create_graph = true}, where);
  return pull(gradients, vectors, x.at, {.create_graph = outer, .retain_graph = outer}, where);
}

Tensor jacobian(const std::function<Tensor(const Tensor&)>& f, const Tensor& input, Location where) {
  const bool outer = recording != nullptr;
  Tape tape(where);
  const Variables x("jacobian", {input}, outer, where);
  return rows_of_jacobian(value_of("jacobian", f, where, x.at[0]), x.at[0], outer, where);
}

Tensor hessian(const std::function<Tensor(const Tensor&)>& f, const Tensor& input, Location where) {
  const bool outer = recording != nullptr;
  Tape tape(where);
  const Variables x("hessian", {input}, outer, where);
  const Tensor y = value_of("hessian", f, where, x.at[0]);
  if (y.numel() != 1) fail<ShapeError>(where, "hessian", "the function must return one number", {{"value", y}});
  const Tensor gradient = pull({y}, {ones_like(y)}, x.at, {.create_graph = true}, where)[0];
  return rows_of_jacobian(gradient, x.at[0], outer, where);
}

}  // namespace gradtape
