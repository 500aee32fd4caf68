// The guest's ops and the library's, on the same numbers; and the table of all calls of gt_add_ops.
#include <cmath>
#include <iostream>

#include <gradtape/gradtape.h>
#include <gradtape/ops/table.h>

#include "more/tanh_affine.h"
#include "moving_average.h"
#include "tanh_affine.h"

namespace gt = gradtape;

std::span<const gt::OpEntry> my_ops_op_table();

int main() {
  std::string names;
  for (const gt::OpEntry& entry : my_ops_op_table()) names += std::string(entry.name) + ' ';
  if (names != "moving_average tanh_affine affine_tanh soft ") {
    std::cout << "the table: " << names << '\n';
    return 1;
  }
  const auto a = gt::randn({1000}).requires_grad_(), x = gt::randn({1000}).requires_grad_(),
             b = gt::randn({1}).requires_grad_();
  gt::Tape tape;
  const auto fused = gt::grad(gt::sum(mine::tanh_affine(a, x, b)), {a, x, b}),
             plain = gt::grad(gt::sum(gt::tanh(a * x + b)), {a, x, b});
  gt::Tensor worst = gt::amax(gt::abs(mine::affine_tanh(a, x, b) - (a * gt::tanh(x) + b)));
  for (int i = 0; i < 3; ++i) worst = gt::maximum(worst, gt::amax(gt::abs(fused[i] - plain[i])));  // a NaN stays
  const auto recurrence = gt::linear_recurrence(gt::scalar(0.75), x * 0.25);
  worst = gt::maximum(worst, gt::amax(gt::abs(mine::moving_average(x, 0.25) - recurrence)));
  std::cout << "worst difference: " << worst.item() << '\n';
  return worst.item() < 1e-4 ? 0 : 1;
}
