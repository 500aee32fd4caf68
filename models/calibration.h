// Calibration: whether probabilities mean what they say. No gradient flows.
#pragma once

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// The temperature T > 0 that makes the mean NLL of softmax(logits / T) least: of the same classes, with confidence that
// fits held-out examples (Guo et al., On Calibration of Modern Neural Networks, ICML 2017). NLL is convex in 1/T, and
// Newton's method solves it to convergence, in float64. logits [batch, classes], labels: integers [batch]. Throws as
// cross_entropy, and ValueError where there is no such T: each label has the largest logit of its row (NLL falls as
// T → 0), or labels have on average no larger logits than others (NLL falls as T → ∞).
double calibrate_temperature(const Tensor& logits, const Tensor& labels, Location at = Location::current());

// What a reliability diagram shows: examples by their confidence, the probability of the likeliest class. Bin b of B
// holds confidences above b/B, up to (b + 1)/B.
struct Reliability {
  Tensor confidence;  // the mean in each bin: float64 [bins], NaN in an empty one
  Tensor accuracy;  // the share of right ones: float64 [bins], NaN in an empty one
  Tensor count;  // int64 [bins]
};
// probabilities [batch, classes], labels: integers [batch]. Throws ShapeError, DTypeError, and ValueError for a
// confidence that is no probability or for fewer than 1 bin.
Reliability reliability(const Tensor& probabilities, const Tensor& labels, std::int64_t bins = 15,
                        Location at = Location::current());

// Σ over the bins of count / batch · |accuracy - confidence| (Guo et al. 2017): 0 when calibrated. NaN for no examples.
// Throws as reliability.
double expected_calibration_error(const Tensor& probabilities, const Tensor& labels, std::int64_t bins = 15,
                                  Location at = Location::current());

}  // namespace gradtape
