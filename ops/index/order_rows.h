// Rows put in order, whole or as far as is wanted: what sort and topk share.
#pragma once

#include <gradtape/autograd/launch.h>
#include <gradtape/ops/values_and_indices.h>

namespace gradtape {

// NaN is above all numbers. Equal elements stay in their order, descending too; -0 and 0 are equal.
struct RowOrder {
  bool descending;
};

// The first `count` elements along a dimension, and where they stood, as the kernel finds them: it writes values and
// indices [rows, count], and reads [rows, columns]. Not recorded.
ValuesAndIndices first_in_order(const Kernel& kernel, const char* op, const Tensor& x, int dim, std::int64_t count,
                                RowOrder order, Location at);

void order_rows_on_cpu(const Launch& work);
void order_rows_on_cuda(const Launch& work);  // sorts rows whole

}  // namespace gradtape
