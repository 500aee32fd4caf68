#include "plug_in.h"

namespace gt = gradtape;

std::string compute(const gt::Tensor& x, Way way, gt::Tensor& y) try {
  switch (way) {
    case Way::pointwise:
      y = gt::tanh(x);
      break;
    case Way::rowwise:
      y = gt::softmax(x, 1);
      break;
    case Way::product:
      y = gt::matmul(x, x);
      break;
    case Way::on_a_tape_of_its_own: {
      const auto w = gt::ones({2, 2}).requires_grad_();
      gt::Tape tape;
      y = gt::tanh(w) * x;
      break;
    }
    case Way::backward:
      gt::sum(x).backward();
      break;
    case Way::in_place:
      gt::Tensor(x).zero_();
      break;
  }
  return "computed";
} catch (const gt::Error& error) { return error.what(); }
