#include <gradtape/ops/index/one_hot.h>

#include <algorithm>

#include <gradtape/autograd/perform.h>
#include <gradtape/cuda/index.h>
#include <gradtape/ops/index/indices.h>

namespace gradtape {

Tensor one_hot(const Tensor& labels, std::int64_t classes, IntegerOptions options, Location where) {
  Call call(where);
  const Tensor list = checked_indices("one_hot", labels, classes, where, 0, "labels");
  Shape shape = labels.shape();
  shape.push_back(classes);
  if (const Device device = labels.device(); device != Device::cpu()) {
    Tensor rows = new_tensor("one_hot", shape, {.dtype = options.dtype, .device = device});
    cuda::launch_one_hot(device, cuda::index_check(device, "one_hot", where, classes), rows.body()->data, options.dtype,
                         reinterpret_cast<const std::int64_t*>(list.body()->data), list.numel(), classes);
    return rows;
  }
  const Tensor rows = new_tensor("one_hot", shape, {.dtype = options.dtype});
  perform(
      [classes](const Tensor& rows, const Tensor& list) {
        const std::int64_t* at = elements<std::int64_t>(list);
        visit(rows.dtype(), [&](auto zero) {
          using T = decltype(zero);
          std::fill_n(elements<T>(rows), rows.numel(), T(0));
          for (std::int64_t i = 0; i < list.numel(); ++i) elements<T>(rows)[i * classes + at[i]] = T(1);
        });
      },
      rows, list);
  return rows.to(options.device, where);
}

std::vector<Example> OneHot::examples() {
  return {{"labels", {}, [](const auto&) { return one_hot(tensor<std::int64_t>({2, 0, 1}), 3, {.dtype = float64}); }, between(0, 1), false},
          {"no labels", {}, [](const auto&) { return one_hot(empty({0}, {.dtype = int64}), 3, {.dtype = float64}); }, between(0, 1), false}};
}

}  // namespace gradtape
