// Matrix products on a device. For matmul and linear.
#pragma once

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// c [batches…, m, n], dense, = a [batches…, m, k] · b [batches…, k, n] + bias [n] (if defined, dense). What BLAS cannot read is made dense
// first. Nothing is recorded: a and b have no place on a tape.
void multiply_on_device(const Tensor& c, const Tensor& a, const Tensor& b, const Tensor& bias = {});

}  // namespace gradtape
