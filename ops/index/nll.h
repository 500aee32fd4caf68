// The negative log-likelihood of labels: what the classes' log-probabilities say of the right ones.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

// What is made of the terms of a loss. batchmean, the sum over the size of dimension 0, is of kl_div alone.
enum class Reduction : std::uint8_t { none, mean, sum, batchmean };

struct Nll {
  static constexpr auto name = "nll";
  static constexpr bool takes_directions = true;
  Reduction reduction;
  std::int64_t ignored;
  std::int64_t classes;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// -w[y_i] · log_probs[i, y_i] for each example [batch], their sum, or their mean weighted by w[y_i]. log_probs [batch,
// classes], labels: integers [batch], weight [classes] or undefined (1 each). An example labelled `ignored` counts
// nothing; over only ignored ones the mean is 0, of no example at all it is NaN. Throws ShapeError, DTypeError, and
// IndexError naming the first label out of range.
Tensor nll(const Tensor& log_probs, const Tensor& labels, const Tensor& weight, std::int64_t ignored,
           Reduction reduction, Location at = Location::current());

}  // namespace gradtape
