// The negative log-likelihood of labels, from logits: nll(log_softmax(x)) in one pass forward and one back.
#pragma once

#include <gradtape/ops/free.h>
#include <gradtape/ops/index/nll.h>

namespace gradtape {

struct SoftmaxCrossEntropy {
  static constexpr auto name = "softmax_cross_entropy";
  static constexpr bool takes_directions = true;
  Nll labels;  // what is made of them

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// nll(log_softmax(logits, 1), …), which see; logits [batch, classes]. Users call cross_entropy(), in models.
Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels, const Tensor& weight, std::int64_t ignored,
                             Reduction reduction, Location at = Location::current());

}  // namespace gradtape
