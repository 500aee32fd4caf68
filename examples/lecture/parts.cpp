#include "parts.h"

#include <algorithm>

namespace gt = gradtape;

namespace {

std::shared_ptr<gt::Module> network(gt::Device device) {
  auto net = std::make_shared<gt::Sequential>();
  net->add<gt::Linear>(64, 32, gt::LinearOptions{.device = device, .seed = 1}).add(gt::relu);
  net->add<gt::Linear>(32, 10, gt::LinearOptions{.device = device, .seed = 2});
  return net;
}

// (p - y)², summed over the classes.
gt::Tensor square_loss(const gt::Tensor& logits, const gt::Tensor& labels) {
  return 10 * gt::mse_loss(gt::softmax(logits, 1), gt::one_hot(labels, 10, {.dtype = gt::float32}));
}

}  // namespace

const Named<MakeModel>& models() {
  static const Named<MakeModel> all = {
      {"softmax",
       [](gt::Device device) {
         return std::make_shared<gt::SoftmaxRegression>(64, 10, gt::ModuleOptions{.device = device});
       }},
      {"network", network},
      {"logistic", [](gt::Device device) {
         return std::make_shared<gt::LogisticRegression>(64, gt::ModuleOptions{.device = device});
       }}};
  return all;
}

gt::Dataset on(gt::Device device, const gt::Dataset& digits) {
  return {digits.inputs.to(gt::float32).to(device), digits.labels.to(device)};
}

const Named<Loss>& losses() {
  static const Named<Loss> all = {
      {"NLL", [](const gt::Tensor& logits, const gt::Tensor& labels) { return gt::cross_entropy(logits, labels); }},
      {"square", square_loss},
      {"zero-one",
       [](const gt::Tensor& logits, const gt::Tensor& labels) { return gt::zero_one_loss(logits, labels); }}};
  return all;
}

const Named<MakeStep>& optimizers() {
  static const Named<MakeStep> all = {{"descent", down<gt::SGD>(gt::SGDOptions{.lr = 0.5})},
                                      {"momentum", down<gt::SGD>(gt::SGDOptions{.lr = 0.2, .momentum = 0.9})},
                                      {"Adam", down<gt::Adam>(gt::AdamOptions{.lr = 0.03})},
                                      {"AdamW", down<gt::AdamW>(gt::AdamWOptions{.lr = 0.03})},
                                      {"RMSprop", down<gt::RMSprop>(gt::RMSpropOptions{.lr = 0.01})},
                                      {"Adagrad", down<gt::Adagrad>(gt::AdagradOptions{.lr = 0.1})},
                                      {"L-BFGS", lbfgs},
                                      {"random search", random_search}};
  return all;
}

void repeat(const Step& step, const std::function<gt::Tensor()>& loss, int most) {
  while (most > 0 && step(loss)) --most;
}

Step lbfgs(const std::vector<gt::Tensor>& parameters) {
  const gt::LBFGSOptions one_iteration{.max_iterations = 1};
  return [optimizer = std::make_shared<gt::LBFGS>(parameters, one_iteration)](const auto& loss) {
    return optimizer->minimize(loss).reason == gt::StopReason::max_iterations;
  };
}

Step random_search(const std::vector<gt::Tensor>& parameters) {
  return [optimizer = std::make_shared<gt::RandomSearch>(parameters)](const auto& loss) {
    optimizer->step(loss);
    return true;
  };
}

void Path::add(const gt::Tensor& theta, double value) {
  const auto place = theta.to_vector<double>();
  x.push_back(place[0]);
  y.push_back(place[1]);
  loss.push_back(value);
}

Path Path::first(int steps) const {
  const auto count = static_cast<std::ptrdiff_t>(std::min(x.size(), static_cast<std::size_t>(steps) + 1));
  return {{x.begin(), x.begin() + count}, {y.begin(), y.begin() + count}, {loss.begin(), loss.begin() + count}};
}

Path walk(const MakeStep& make_step, const std::function<gt::Tensor(const gt::Tensor&)>& loss, const gt::Tensor& start,
          std::size_t most, double enough) {
  const gt::Tensor theta = start.clone().requires_grad_();
  const Step step = make_step({theta});
  Path path;
  path.add(theta, loss(theta).item());
  for (bool goes_on = true; goes_on && path.loss.size() <= most && path.loss.back() > enough;) {
    goes_on = step([&] { return loss(theta); });
    path.add(theta, loss(theta).item());
  }
  return path;
}
