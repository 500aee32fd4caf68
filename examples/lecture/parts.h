// Models, losses and optimizers, to be put together: by name, for ten classes of digits, and step by step.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gradtape/gradtape.h>

template <class Part>
using Named = std::vector<std::pair<std::string, Part>>;

using MakeModel = std::function<std::shared_ptr<gradtape::Module>(gradtape::Device)>;
const Named<MakeModel>& models();

// Digits in single precision, on a device.
gradtape::Dataset on(gradtape::Device device, const gradtape::Dataset& digits);

// From logits [batch, 10] and labels [batch].
using Loss = std::function<gradtape::Tensor(const gradtape::Tensor& logits, const gradtape::Tensor& labels)>;
const Named<Loss>& losses();

// One step of an optimizer that was made for some parameters; returns whether another may lead farther.
using Step = std::function<bool(const std::function<gradtape::Tensor()>& loss)>;
using MakeStep = std::function<Step(const std::vector<gradtape::Tensor>& parameters)>;
const Named<MakeStep>& optimizers();

// At most so many steps, fewer where no more leads farther.
void repeat(const Step& step, const std::function<gradtape::Tensor()>& loss, int most);

// A step down the gradient: down<gt::SGD>(gt::SGDOptions{.lr = 0.1}).
template <class Optimizer, class Options>
MakeStep down(Options options) {
  return [=](const std::vector<gradtape::Tensor>& parameters) -> Step {
    return [optimizer = std::make_shared<Optimizer>(parameters, options)](const auto& loss) {
      gradtape::Tape tape;
      loss().backward();
      optimizer->step();
      return true;
    };
  };
}

// An iteration of L-BFGS, the last one where it has a reason to stop.
Step lbfgs(const std::vector<gradtape::Tensor>& parameters);
Step random_search(const std::vector<gradtape::Tensor>& parameters);

// The way of parameters [size], of which two are kept, with the loss at each place.
struct Path {
  std::vector<double> x, y, loss;

  void add(const gradtape::Tensor& theta, double loss);
  // Where it begins, and so many steps.
  Path first(int steps) const;
};

// From a start, step by step, at most so many, until the loss is at most `enough` or no step leads farther.
Path walk(const MakeStep& make_step, const std::function<gradtape::Tensor(const gradtape::Tensor&)>& loss,
          const gradtape::Tensor& start, std::size_t most, double enough = 0);
