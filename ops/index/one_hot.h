// Labels as rows with a single 1.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

struct OneHot {
  static constexpr auto name = "one_hot";

  static void backward(Backward&) {}
  static std::vector<Example> examples();
};

struct OneHotOptions {
  DType dtype = DType::int64;
  std::optional<Device> device = {};  // without one that of the labels
};
// labels: integers [shape…] below `classes`: [shape…, classes]. -1 classes: one more than the largest label, which is
// read back, so not inside a captured step (TapeError). Throws IndexError naming the first that is out of range,
// ValueError for fewer classes, or none to be told from no labels.
Tensor one_hot(const Tensor& labels, std::int64_t classes = -1, OneHotOptions options = {},
               Location at = Location::current());

// The settings are the number of classes.
void one_hot_on_cuda(const Launch& work);

}  // namespace gradtape
