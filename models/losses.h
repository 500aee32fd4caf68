// Losses: how far a prediction is from what was wanted. Each returns one number, unless reduction is none. A term of
// weight 0 is 0, though what it is multiplied by be infinite.
#pragma once

#include <gradtape/ops.h>

namespace gradtape {

struct NllOptions {
  Tensor weight = {};  // [classes]; undefined: 1 each; no gradient flows to it
  std::int64_t ignore_index = -100;  // examples with this label do not count
  Reduction reduction = Reduction::mean;
};
// -log p(label), from log-probabilities [batch, classes] and labels: integers [batch]. The mean is weighted by the
// labels' weights; over only ignored labels it is 0. Throws ShapeError, IndexError naming the first label out of range.
Tensor nll_loss(const Tensor& log_probs, const Tensor& labels, const NllOptions& options = {},
                Location at = Location::current());

struct CrossEntropyOptions {
  Tensor weight = {};  // [classes]; undefined: 1 each; no gradient flows to it
  std::int64_t ignore_index = -100;  // examples with this label do not count
  double label_smoothing = 0;  // this share of each target is spread evenly over the classes
  Reduction reduction = Reduction::mean;
};
// nll_loss(log_softmax(logits), target), from logits [batch, classes]. The target is labels, integers [batch], or
// distributions, floating [batch, classes]. Throws as nll_loss, and ValueError unless 0 ≤ label_smoothing ≤ 1.
Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options = {},
                     Location at = Location::current());

struct LossOptions {
  Reduction reduction = Reduction::mean;
};
// -y log σ(x) - (1 - y) log(1 - σ(x)), without overflow and exact at large margins; x and target (0 to 1) of one shape.
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target, LossOptions options = {},
                                        Location at = Location::current());
// The mean of (prediction - target)², of one shape: broadcasting is refused (ShapeError).
Tensor mse_loss(const Tensor& prediction, const Tensor& target, LossOptions options = {},
                Location at = Location::current());
// ½‖prediction - target‖², of one shape: by default the sum over all elements.
Tensor squared_error(const Tensor& prediction, const Tensor& target,
                     LossOptions options = {.reduction = Reduction::sum}, Location at = Location::current());
// The share of examples whose class is not the label's. prediction: classes as integers [batch], or scores
// [batch, classes]. A float64; no gradient flows.
Tensor zero_one_loss(const Tensor& prediction, const Tensor& labels, LossOptions options = {},
                     Location at = Location::current());

}  // namespace gradtape
