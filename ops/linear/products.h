// Matrix products, for matmul and linear.
#pragma once

#include <gradtape/autograd/launch.h>

namespace gradtape {

// Is the right matrix given as its transpose?
struct ProductSettings {
  bool right_transposed = false;
};

// c [batches…, m, n], dense, = a [batches…, m, k] · b [batches…, k, n] + bias [n] (if defined, dense).
void write_product(const char* op, const Tensor& c, const Tensor& a, const Tensor& b, ProductSettings settings = {},
                   const Tensor& bias = {});

void multiply_on_cuda(const Launch& work);

}  // namespace gradtape
