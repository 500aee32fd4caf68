// The losses of losses_by_pytorch.h by name, and their inputs, for tests on every device.
#pragma once

#include <functional>
#include <map>

#include "tests/models/losses_by_pytorch.h"
#include "tests/support/near.h"

using Tensors = std::vector<gt::Tensor>;
using Loss = std::function<gt::Tensor(const Tensors& x, gt::Reduction reduction)>;

// Each element of the weights there.
inline gt::Tensor loss_weights(const gt::Tensor& like) { return gt::tensor({0.5, 1.0, 2.0}).to(like.device()); }

inline const std::map<std::string, Loss> losses_by_name = {
    {"mse_loss", [](const auto& x, auto r) { return gt::mse_loss(x[0], x[1], {.reduction = r}); }},
    {"l1_loss", [](const auto& x, auto r) { return gt::l1_loss(x[0], x[1], {.reduction = r}); }},
    {"huber_loss", [](const auto& x, auto r) { return gt::huber_loss(x[0], x[1], {.delta = 0.7, .reduction = r}); }},
    {"smooth_l1_loss",
     [](const auto& x, auto r) { return gt::smooth_l1_loss(x[0], x[1], {.beta = 0.4, .reduction = r}); }},
    {"poisson_nll_loss",
     [](const auto& x, auto r) { return gt::poisson_nll_loss(x[0], x[1], {.full = true, .reduction = r}); }},
    {"poisson_nll_loss of rates",
     [](const auto& x, auto r) {
       return gt::poisson_nll_loss(x[0], x[1], {.log_input = false, .eps = 0.01, .reduction = r});
     }},
    {"gaussian_nll_loss",
     [](const auto& x, auto r) { return gt::gaussian_nll_loss(x[0], x[1], x[2], {.full = true, .reduction = r}); }},
    {"gaussian_nll_loss of rows",
     [](const auto& x, auto r) { return gt::gaussian_nll_loss(x[0], x[1], x[2], {.reduction = r}); }},
    {"binary_cross_entropy",
     [](const auto& x, auto r) {
       return gt::binary_cross_entropy(x[0], x[1], {.weight = loss_weights(x[0]), .reduction = r});
     }},
    {"binary_cross_entropy_with_logits",
     [](const auto& x, auto r) {
       const auto w = loss_weights(x[0]);
       return gt::binary_cross_entropy_with_logits(x[0], x[1], {.weight = 2 * w, .pos_weight = w, .reduction = r});
     }},
    {"kl_div", [](const auto& x, auto r) { return gt::kl_div(x[0], x[1], {.reduction = r}); }},
    {"kl_div of logs",
     [](const auto& x, auto r) { return gt::kl_div(x[0], x[1], {.reduction = r, .log_target = true}); }},
    {"nll_loss",
     [](const auto& x, auto r) { return gt::nll_loss(x[0], x[1], {.weight = loss_weights(x[0]), .reduction = r}); }},
    {"nll_loss in depth",
     [](const auto& x, auto r) {
       return gt::nll_loss(x[0], x[1], {.weight = loss_weights(x[0]), .ignore_index = 1, .reduction = r});
     }},
    {"cross_entropy",
     [](const auto& x, auto r) {
       return gt::cross_entropy(x[0], x[1], {.weight = loss_weights(x[0]), .label_smoothing = 0.2, .reduction = r});
     }},
    {"cross_entropy of one", [](const auto& x, auto r) { return gt::cross_entropy(x[0], x[1], {.reduction = r}); }},
    {"cross_entropy in depth",
     [](const auto& x, auto r) {
       return gt::cross_entropy(x[0], x[1], {.weight = loss_weights(x[0]), .ignore_index = 1, .reduction = r});
     }},
    {"cross_entropy in depth, smooth",
     [](const auto& x, auto r) {
       return gt::cross_entropy(
           x[0], x[1], {.weight = loss_weights(x[0]), .ignore_index = 1, .label_smoothing = 0.2, .reduction = r});
     }},
    {"cross_entropy of distributions",
     [](const auto& x, auto r) {
       return gt::cross_entropy(x[0], x[1], {.weight = loss_weights(x[0]), .reduction = r});
     }},
    {"cross_entropy of one distribution",
     [](const auto& x, auto r) { return gt::cross_entropy(x[0], x[1], {.reduction = r}); }},
    {"hinge_embedding_loss",
     [](const auto& x, auto r) { return gt::hinge_embedding_loss(x[0], x[1], {.margin = 0.5, .reduction = r}); }},
    {"margin_ranking_loss",
     [](const auto& x, auto r) { return gt::margin_ranking_loss(x[0], x[1], x[2], {.margin = 0.3, .reduction = r}); }},
    {"multi_margin_loss", [](const auto& x, auto r) { return gt::multi_margin_loss(x[0], x[1], {.reduction = r}); }},
    {"multi_margin_loss of squares",
     [](const auto& x, auto r) {
       return gt::multi_margin_loss(x[0], x[1], {.p = 2, .margin = 0.8, .weight = loss_weights(x[0]), .reduction = r});
     }},
    {"multi_margin_loss of one",
     [](const auto& x, auto r) { return gt::multi_margin_loss(x[0], x[1], {.reduction = r}); }},
    {"multilabel_margin_loss",
     [](const auto& x, auto r) { return gt::multilabel_margin_loss(x[0], x[1], {.reduction = r}); }},
    {"multilabel_margin_loss of one",
     [](const auto& x, auto r) { return gt::multilabel_margin_loss(x[0], x[1], {.reduction = r}); }},
    {"multilabel_soft_margin_loss",
     [](const auto& x, auto r) {
       return gt::multilabel_soft_margin_loss(x[0], x[1], {.weight = loss_weights(x[0]), .reduction = r});
     }},
    {"soft_margin_loss", [](const auto& x, auto r) { return gt::soft_margin_loss(x[0], x[1], {.reduction = r}); }},
    {"triplet_margin_loss",
     [](const auto& x, auto r) { return gt::triplet_margin_loss(x[0], x[1], x[2], {.reduction = r}); }},
    {"triplet_margin_loss with a swap",
     [](const auto& x, auto r) {
       return gt::triplet_margin_loss(x[0], x[1], x[2], {.margin = 2, .p = 3, .swap = true, .reduction = r});
     }},
    {"triplet_margin_loss of one",
     [](const auto& x, auto r) {
       return gt::triplet_margin_loss(x[0], x[1], x[2], {.margin = 3, .p = 1, .reduction = r});
     }},
    {"cosine_embedding_loss",
     [](const auto& x, auto r) {
       return gt::cosine_embedding_loss(x[0], x[1], x[2], {.margin = -0.5, .reduction = r});
     }},
    {"cosine_embedding_loss of one",
     [](const auto& x, auto r) { return gt::cosine_embedding_loss(x[0], x[1], x[2], {.reduction = r}); }},
};

inline Tensors inputs_of(const ByPytorch& row, gt::DType type = gt::float64, gt::Device device = {}) {
  Tensors inputs;
  for (const Input& input : row.inputs)
    inputs.push_back(gt::tensor(input.numbers, input.shape).to(input.floating ? type : gt::int64).to(device));
  return inputs;
}

struct LossAndGradient {
  gt::Tensor loss, gradient;
};
// And its gradient by the first input.
inline LossAndGradient loss_and_gradient(const ByPytorch& row, Tensors inputs,
                                         gt::Reduction reduction = gt::Reduction::mean) {
  inputs[0].requires_grad_();
  gt::Tape tape;
  const auto loss = losses_by_name.at(row.name)(inputs, reduction);
  return {loss.detach(), gt::grad(gt::sum(loss), inputs[0])};
}
