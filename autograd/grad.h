// Derivatives asked for as values: gradients, products with Jacobians and Hessians, and those matrices whole.
#pragma once

#include <functional>
#include <initializer_list>
#include <span>
#include <vector>

#include <gradtape/autograd/tape.h>

namespace gradtape {

struct GradOptions {
  bool create_graph = false;  // record the backward pass, so that the gradients can be differentiated
  bool retain_graph = false;  // keep what the ops kept, so that the tape can be walked again (create_graph implies it)
  bool allow_unused = false;  // an input the loss does not depend on, or a loss that is a constant, also where no tape
                              // is open: an undefined tensor, no TapeError
  // What to start from, one for each output, taken as its type; by default 1 for a single number. Further dimensions in
  // front, the same for all seeds, are directions: [*lead, *output's shape] gives [*lead, *input's shape], in one walk.
  std::vector<Tensor> seeds = {};
};

// d(loss)/d(input) for each recorded tensor or leaf given. Nothing is added into any grad(). Throws TapeError without
// an open tape, naming the loss's own when it has closed, when the tape was walked before, or when an input is unused;
// ShapeError when the loss is not one number.
std::vector<Tensor> grad(const Tensor& loss, std::span<const Tensor> inputs, const GradOptions& options = {},
                         Location at = Location::current());
inline std::vector<Tensor> grad(const Tensor& loss, std::initializer_list<Tensor> inputs,
                                const GradOptions& options = {}, Location at = Location::current()) {
  return grad(loss, std::span(inputs.begin(), inputs.size()), options, at);
}
inline Tensor grad(const Tensor& loss, const Tensor& input, const GradOptions& options = {},
                   Location at = Location::current()) {
  return grad(loss, std::span(&input, 1), options, at)[0];
}
// The gradient of sum(seed · output) over several outputs; options.seeds has one for each.
std::vector<Tensor> grad(std::span<const Tensor> outputs, std::span<const Tensor> inputs, const GradOptions& options,
                         Location at = Location::current());

// The gradient of each loss alone: d losses_i / d input, [*losses' shape, *input's shape] for each input; the losses of
// a batch give each example's gradient. Takes no seeds (ValueError); else throws as grad. It walks back from each loss
// through the whole batch: of many examples at once, a part at a time costs less.
std::vector<Tensor> per_example_grad(const Tensor& losses, std::span<const Tensor> inputs,
                                     const GradOptions& options = {}, Location at = Location::current());
inline std::vector<Tensor> per_example_grad(const Tensor& losses, std::initializer_list<Tensor> inputs,
                                            const GradOptions& options = {}, Location at = Location::current()) {
  return per_example_grad(losses, std::span(inputs.begin(), inputs.size()), options, at);
}

using Function = std::function<Tensor(const std::vector<Tensor>&)>;

struct ValueAndGrad {
  Tensor value;
  std::vector<Tensor> gradients;  // one for each input; zeros where the value does not depend on it
};
// f's value, one number, and its gradients at the inputs.
ValueAndGrad value_and_grad(const Function& f, const std::vector<Tensor>& inputs, Location at = Location::current());

struct Vjp {
  Tensor value;
  std::vector<Tensor> product;  // seedᵀ · J, one for each input
};
// f's value and the product of a seed of its shape with f's Jacobian. Further dimensions in front of the seed are
// directions: [*lead, *value's shape] gives [*lead, *input's shape].
Vjp vjp(const Function& f, const std::vector<Tensor>& inputs, const Tensor& seed, Location at = Location::current());

struct Jvp {
  Tensor value;
  Tensor product;  // J · tangents, of the value's shape
};
// f's value and the product of its Jacobian with a tangent for each input; [*lead, *input's shape] gives [*lead,
// *value's shape].
Jvp jvp(const Function& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& tangents,
        Location at = Location::current());

// Hessian of f (one number) times a vector for each input, or many: [*lead, *input's shape].
std::vector<Tensor> hvp(const Function& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& vectors,
                        Location at = Location::current());

// d f_i / d x_j for one input: [*value's shape, *input's shape], in one walk for all rows, or all columns where they
// are far fewer. Recorded inside a tape, as are all of these.
Tensor jacobian(const std::function<Tensor(const Tensor&)>& f, const Tensor& input, Location at = Location::current());

// d²f / dx_i dx_j of one number for one input: [*input's shape, *input's shape]. Recorded inside a tape.
Tensor hessian(const std::function<Tensor(const Tensor&)>& f, const Tensor& input, Location at = Location::current());

}  // namespace gradtape
