// Losses: how far a prediction is from what was wanted. Each returns one number, unless reduction is none. A prediction
// and its target have one shape: what would only fit by broadcasting is refused (ShapeError). A term of weight 0 is 0,
// though what it is multiplied by be infinite. Of 16-bit numbers a loss is computed in float32, and is one.
#pragma once

#include <gradtape/ops.h>

namespace gradtape {

struct NllOptions {
  Tensor weight = {};  // [classes]; undefined: 1 each; no gradient flows to it
  std::int64_t ignore_index = -100;  // examples with this label do not count
  Reduction reduction = Reduction::mean;
};
// -log p(label), from log-probabilities [batch, classes] and labels: integers [batch]; or [classes] and [], or
// [batch, classes, d…] and [batch, d…]. The mean is weighted by the labels' weights; over only ignored labels it is 0.
// Throws ShapeError, IndexError naming the first label out of range.
Tensor nll_loss(const Tensor& log_probs, const Tensor& labels, const NllOptions& options = {},
                Location at = Location::current());

struct CrossEntropyOptions {
  Tensor weight = {};  // [classes]; undefined: 1 each; no gradient flows to it
  std::int64_t ignore_index = -100;  // examples with this label do not count
  double label_smoothing = 0;  // this share of each target is spread evenly over the classes
  Reduction reduction = Reduction::mean;
};
// nll_loss(log_softmax(logits), target), from logits [batch, classes], [classes] or [batch, classes, d…]. The target is
// labels, integers of that shape without the classes, or distributions, floating numbers of that shape. Throws as
// nll_loss, and ValueError unless 0 ≤ label_smoothing ≤ 1.
Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options = {},
                     Location at = Location::current());

struct BinaryCrossEntropyOptions {
  Tensor weight = {};  // of each term, broadcast; undefined: 1 each; no gradient flows to it
  Reduction reduction = Reduction::mean;
};
// -y log p - (1 - y) log(1 - p), from probabilities p and targets y, both 0 to 1. Logs are held at -100, and slopes at
// ±10¹², as libtorch holds them. Where there are logits, the next is more accurate.
Tensor binary_cross_entropy(const Tensor& probabilities, const Tensor& target,
                            const BinaryCrossEntropyOptions& options = {}, Location at = Location::current());

struct BinaryCrossEntropyWithLogitsOptions {
  Tensor weight = {};  // of each term, broadcast; undefined: 1 each; no gradient flows to it
  Tensor pos_weight = {};  // of the part with y, broadcast: [classes] for [batch, classes]
  Reduction reduction = Reduction::mean;
};
// -y log σ(x) - (1 - y) log(1 - σ(x)), without overflow and exact at large margins; targets y 0 to 1.
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyWithLogitsOptions& options = {},
                                        Location at = Location::current());

struct KlDivOptions {
  Reduction reduction = Reduction::mean;  // batchmean is the divergence of distributions, one a row
  bool log_target = false;  // the target is of log-probabilities too
};
// The Kullback-Leibler divergence q · (log q - log p), term by term, of a target q from log-probabilities log p.
Tensor kl_div(const Tensor& log_probs, const Tensor& target, KlDivOptions options = {},
              Location at = Location::current());

struct LossOptions {
  Reduction reduction = Reduction::mean;
};
// The mean of (prediction - target)².
Tensor mse_loss(const Tensor& prediction, const Tensor& target, LossOptions options = {},
                Location at = Location::current());
// ½‖prediction - target‖²: by default the sum over all elements.
Tensor squared_error(const Tensor& prediction, const Tensor& target,
                     LossOptions options = {.reduction = Reduction::sum}, Location at = Location::current());
// The mean of |prediction - target|.
Tensor l1_loss(const Tensor& prediction, const Tensor& target, LossOptions options = {},
               Location at = Location::current());

struct HuberOptions {
  double delta = 1;  // where the square becomes a line
  Reduction reduction = Reduction::mean;
};
// huber(prediction - target, delta). Throws ValueError unless delta > 0.
Tensor huber_loss(const Tensor& prediction, const Tensor& target, HuberOptions options = {},
                  Location at = Location::current());

struct SmoothL1Options {
  double beta = 1;  // where the square becomes a line; 0: nowhere, that is l1_loss
  Reduction reduction = Reduction::mean;
};
// huber(prediction - target, beta) / beta: far out its slope is 1. Throws ValueError unless beta ≥ 0.
Tensor smooth_l1_loss(const Tensor& prediction, const Tensor& target, SmoothL1Options options = {},
                      Location at = Location::current());

struct PoissonNllOptions {
  bool log_input = true;  // the prediction is the log of the rate
  bool full = false;  // with Stirling's approximation of log y!, of y > 1
  double eps = 1e-8;  // added to a rate before its log is taken
  Reduction reduction = Reduction::mean;
};
// rate - y log(rate), from predicted rates of counts y, without log y!.
Tensor poisson_nll_loss(const Tensor& prediction, const Tensor& target, PoissonNllOptions options = {},
                        Location at = Location::current());

struct GaussianNllOptions {
  bool full = false;  // with ½ log 2π
  double eps = 1e-6;  // the least variance; a smaller one counts as this, and has its gradient
  Reduction reduction = Reduction::mean;
};
// ½ log(variance) + (prediction - target)² / (2 variance). The variance is like the prediction, or has one number, or
// no dimension, in place of the last.
Tensor gaussian_nll_loss(const Tensor& prediction, const Tensor& target, const Tensor& variance,
                         GaussianNllOptions options = {}, Location at = Location::current());

// The share of examples whose class is not the label's. prediction: classes as integers [batch], or scores
// [batch, classes]. A float64; no gradient flows.
Tensor zero_one_loss(const Tensor& prediction, const Tensor& labels, LossOptions options = {},
                     Location at = Location::current());

}  // namespace gradtape
