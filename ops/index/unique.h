// Which numbers there are, each once.
#pragma once

#include <gradtape/autograd/launch.h>

namespace gradtape {

struct UniqueValues {
  Tensor values;   // [found]: the first of each; the gradient goes there
  Tensor inverse;  // int64, of x's shape: where each element is among the values; undefined unless asked for
  Tensor counts;   // int64 [found]: how often each is there; undefined unless asked for
};

// The numbers of all of x, in order whether `sorted` or not. -0 and 0 are equal; each NaN stands for itself, at the
// end. How many there are must be known: a device is waited for, and TapeError thrown inside a captured step.
UniqueValues unique(const Tensor& x, bool sorted = true, bool return_inverse = false, bool return_counts = false,
                    Location at = Location::current());
// The same of runs of equal elements in row-major order, as they come.
UniqueValues unique_consecutive(const Tensor& x, bool return_inverse = false, bool return_counts = false,
                                Location at = Location::current());

// Writes for each element [count] the number of its run, and for each run where it starts, with the count behind the
// last [count + 1].
void runs_on_cuda(const Launch& work);

}  // namespace gradtape
