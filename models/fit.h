// Training loops for whoever needs no loop of their own.
#pragma once

#include <functional>

#include <gradtape/models/convergence.h>
#include <gradtape/models/module.h>

namespace gradtape {

// Settings of gradient descent with momentum on shuffled batches.
struct GradientDescent {
  int epochs = 30;
  std::int64_t batch = 64;
  double lr = 0.1;
  double momentum = 0.9;
  double weight_decay = 0;  // of all parameters, the bias too
  std::uint64_t seed = 0;  // of the order of examples
  std::function<void(int epoch, double loss)> on_epoch = {};  // after each epoch, with its mean loss
};

// Settings of a fit to convergence, by L-BFGS on all examples at once. A fit throws ShapeError when there is not a
// label for each example, ValueError for settings that make no sense, and when the first loss is not finite.
struct FitOptions {
  // Adds l2/2 · ‖weight‖² to the mean loss; the bias is free. scikit-learn's C, which weighs the summed loss against
  // ½‖weight‖², is 1 / (l2 · examples). With 0 the weights of classes that a plane can part grow without end.
  double l2 = 0;
  double tolerance = 1e-6;  // stop when the Euclidean norm of the gradient of loss and penalty is at most this
  int max_iterations = 1000;
};

using Loss = std::function<Tensor(const Tensor& prediction, const Tensor& target)>;

// Gradient descent with momentum on shuffled batches of x [size, …] and target [size, …]; returns the last epoch's mean
// loss. Throws ShapeError when their sizes differ, ValueError for settings that make no sense, and at the first loss
// that is not finite, naming batch and epoch, counted from 1: the weights are then those before that batch.
//
//   fit(net, x, labels, [](const Tensor& logits, const Tensor& y) { return cross_entropy(logits, y); }, {.lr = 0.1});
//
// By L-BFGS instead: LBFGS(net.parameters()).minimize([&] { return cross_entropy(net(x), labels); }).
double fit(const Module& model, const Tensor& x, const Tensor& target, const Loss& loss,
           const GradientDescent& options = {}, Location at = Location::current());

namespace detail {

// Minimises loss(model(x), target) + l2/2 · ‖weight‖².
Convergence fit(const Module& model, const Tensor& weight, const Tensor& x, const Tensor& target, const Loss& loss,
                const FitOptions& options, Location at);

}  // namespace detail

}  // namespace gradtape
