// Losses that want a margin: 0 where a prediction is right by so much, a line beyond. As all losses: see losses.h.
#pragma once

#include <gradtape/models/losses.h>

namespace gradtape {

struct HingeEmbeddingOptions {
  double margin = 1;
  Reduction reduction = Reduction::mean;
};
// x where the target is 1, max(0, margin - x) where it is -1: of distances x, to be small or large.
Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target, HingeEmbeddingOptions options = {},
                            Location at = Location::current());

struct MarginRankingOptions {
  double margin = 0;
  Reduction reduction = Reduction::mean;
};
// max(0, margin - target · (a - b)): a is to be the larger where the target is 1, b where it is -1.
Tensor margin_ranking_loss(const Tensor& a, const Tensor& b, const Tensor& target, MarginRankingOptions options = {},
                           Location at = Location::current());

struct MultiMarginOptions {
  int p = 1;  // or 2
  double margin = 1;
  Tensor weight = {};  // [classes]; undefined: 1 each; no gradient flows to it
  Reduction reduction = Reduction::mean;
};
// The sum over the other classes i of w[y] max(0, margin - x[y] + x[i])ᵖ, divided by the count of classes. Scores
// [batch, classes] and labels, integers [batch]; or [classes] and []. Throws ShapeError, IndexError, ValueError.
Tensor multi_margin_loss(const Tensor& scores, const Tensor& labels, const MultiMarginOptions& options = {},
                         Location at = Location::current());

// The sum over right classes y and others i of max(0, 1 - x[y] + x[i]), divided by the count of classes. Scores and
// labels [batch, classes] or [classes]: a row begins with its right classes, and a -1 ends them. It takes memory for
// all pairs of classes. Throws ShapeError, IndexError.
Tensor multilabel_margin_loss(const Tensor& scores, const Tensor& labels, LossOptions options = {},
                              Location at = Location::current());

struct MultilabelSoftMarginOptions {
  Tensor weight = {};  // of each class, broadcast; undefined: 1 each; no gradient flows to it
  Reduction reduction = Reduction::mean;
};
// The mean over the classes, the last dimension, of binary_cross_entropy_with_logits: targets 0 to 1.
Tensor multilabel_soft_margin_loss(const Tensor& logits, const Tensor& target,
                                   const MultilabelSoftMarginOptions& options = {}, Location at = Location::current());

// log(1 + exp(-target · x)), without overflow, of targets 1 and -1.
Tensor soft_margin_loss(const Tensor& x, const Tensor& target, LossOptions options = {},
                        Location at = Location::current());

struct TripletMarginOptions {
  double margin = 1;
  double p = 2;       // distances are p-norms, of differences to which eps is added
  double eps = 1e-6;
  bool swap = false;  // the negative is compared with the nearer of anchor and positive (Balntas et al. 2016)
  Reduction reduction = Reduction::mean;
};
// max(0, margin + ‖anchor - positive‖ - ‖anchor - negative‖), norms over the last dimension: [batch, features] or
// [features]. Throws ShapeError, ValueError unless p > 0.
Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           TripletMarginOptions options = {}, Location at = Location::current());

struct CosineEmbeddingOptions {
  double margin = 0;
  Reduction reduction = Reduction::mean;
};
// 1 - cos(a, b) where the target is 1, max(0, cos(a, b) - margin) where it is -1: [batch, features] and [batch], or
// [features] and []. The cosine of a vector of 0 is 0.
Tensor cosine_embedding_loss(const Tensor& a, const Tensor& b, const Tensor& target,
                             CosineEmbeddingOptions options = {}, Location at = Location::current());

}  // namespace gradtape
