// A training loop for whoever needs no loop of their own.
#pragma once

#include <functional>

#include <gradtape/models/module.h>

namespace gradtape {

struct FitOptions {
  int epochs = 30;
  std::int64_t batch = 64;
  double lr = 0.1;
  double momentum = 0.9;
  double weight_decay = 0;
  std::uint64_t seed = 0;  // of the order of examples
  std::function<void(int epoch, double loss)> on_epoch = {};  // after each epoch, with its mean loss
};

using Loss = std::function<Tensor(const Tensor& prediction, const Tensor& target)>;

// Gradient descent with momentum on shuffled batches of x [size, …] and target [size, …]; returns the last epoch's mean
// loss. Throws ShapeError when their sizes differ, ValueError for settings that make no sense, and at the first loss
// that is not finite, naming batch and epoch, counted from 1: the weights are then those before that batch.
double fit(const Module& model, const Tensor& x, const Tensor& target, const Loss& loss, const FitOptions& options = {},
           Location at = Location::current());

}  // namespace gradtape
