// How often a model is right. Counts: no gradient flows.
#pragma once

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// The share of examples whose class is the label's. prediction: classes as integers [batch], or scores [batch, classes]
// whose largest counts. NaN for no examples. Throws ShapeError.
double accuracy(const Tensor& prediction, const Tensor& labels, Location at = Location::current());

// How many examples of class i (rows) were taken for class j (columns): int64 [classes, classes]. Throws IndexError.
Tensor confusion_matrix(const Tensor& prediction, const Tensor& labels, std::int64_t classes,
                        Location at = Location::current());

}  // namespace gradtape
