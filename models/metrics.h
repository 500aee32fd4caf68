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

// Of the examples of each class, the share that was taken for it; of those taken for each class, the share that is of
// it: float64 [classes]. NaN where there are none. Throw as confusion_matrix.
Tensor recall(const Tensor& prediction, const Tensor& labels, std::int64_t classes, Location at = Location::current());
Tensor precision(const Tensor& prediction, const Tensor& labels, std::int64_t classes,
                 Location at = Location::current());

}  // namespace gradtape
