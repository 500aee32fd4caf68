// Layers as functions: what networks are made of beside products and activations.
#pragma once

#include <gradtape/autograd/random.h>
#include <gradtape/ops.h>
#include <gradtape/ops/random.h>

namespace gradtape {

struct BatchNormOptions {
  Tensor weight = {};  // [channels]; undefined: 1
  Tensor bias = {};    // [channels]; undefined: 0
  bool training = false;
  double momentum = 0.1;  // how much of the running statistics a batch replaces
  double eps = 1e-5;
};
// (x - mean) / √(variance + eps) · weight + bias for each channel of x [batch, channels, …] (Ioffe and Szegedy, Batch
// Normalization, 2015). In training mean and variance are the batch's, and the running ones, [channels], take them in,
// in place, the variance with the correction 1; else they are the running ones. Both may be undefined in training.
// Throws ShapeError, and ValueError for one number a channel in training.
Tensor batch_norm(const Tensor& x, Tensor running_mean, Tensor running_var, const BatchNormOptions& options = {},
                  Location at = Location::current());

struct NormalizeOptions {
  double p = 2;
  int dim = 1;
  double eps = 1e-12;  // the least that is divided by
};
// x / max(‖x‖ₚ, eps) along a dimension.
Tensor normalize(const Tensor& x, NormalizeOptions options = {}, Location at = Location::current());

struct CosineSimilarityOptions {
  int dim = 1;
  double eps = 1e-8;  // the least that a length counts
};
// a · b / (max(‖a‖, eps) max(‖b‖, eps)) along a dimension; a and b broadcast.
Tensor cosine_similarity(const Tensor& a, const Tensor& b, CosineSimilarityOptions options = {},
                         Location at = Location::current());

struct PairwiseDistanceOptions {
  double p = 2;
  double eps = 1e-6;  // added to each difference
  bool keepdim = false;
};
// ‖a - b + eps‖ₚ over the last dimension; a and b broadcast.
Tensor pairwise_distance(const Tensor& a, const Tensor& b, PairwiseDistanceOptions options = {},
                         Location at = Location::current());
// ‖a_i - b_j‖ₚ for all pairs of rows: a [batch…, m, features], b [batch…, n, features] → [batch…, m, n]; slope 0 where
// the two are one. All differences are held at once. Throws ShapeError.
Tensor cdist(const Tensor& a, const Tensor& b, double p = 2, Location at = Location::current());

// x with each number 0 by chance p, the others divided by 1 - p; x itself where `training` is false. The chance is that
// of the default generator, or of the one given, from which each replay of a captured step draws on. Throws ValueError
// unless 0 ≤ p ≤ 1.
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true, Location at = Location::current());
Tensor dropout(const Tensor& x, Generator& generator, double p = 0.5, bool training = true,
               Location at = Location::current());

// aᵀ W_k b + bias_k for each output k: a [batch…, m], b [batch…, n], weight [out, m, n], bias [out] or undefined →
// [batch…, out]. Throws ShapeError.
Tensor bilinear(const Tensor& a, const Tensor& b, const Tensor& weight, const Tensor& bias = {},
                Location at = Location::current());

}  // namespace gradtape
