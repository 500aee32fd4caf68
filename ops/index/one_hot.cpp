#include <gradtape/ops/index/one_hot.h>

#include <algorithm>

#include <fmt/format.h>

#include <gradtape/autograd/capture.h>
#include <gradtape/autograd/error.h>
#include <gradtape/ops/index/indices.h>
#include <gradtape/ops/reduce/amax.h>

namespace gradtape {
namespace {

void one_hot_on_cpu(const Launch& work) {
  const TensorData &rows = *work.out(), &labels = *work.in(0);
  const auto classes = work.as<std::int64_t>();
  visit(rows.dtype, [&](auto zero) {
    using T = decltype(zero);
    std::fill_n(elements<T>(&rows), rows.count, T(0));
    for (std::int64_t i = 0; i < labels.count; ++i)
      elements<T>(&rows)[i * classes + elements<std::int64_t>(&labels)[i]] = T(1);
  });
}

constexpr Kernel one_hot_kernel{one_hot_on_cpu, GT_ON_CUDA(one_hot_on_cuda), nullptr, no_flops};

std::int64_t classes_of(const Tensor& labels, Location at) {
  refuse_inside_capture("one_hot", "how many classes there are is not known inside a captured step",
                        "Give their number.");
  if (labels.numel() == 0)
    fail<ValueError>(at, "one_hot", "no labels tell how many classes there are", {{"labels", labels}},
                     "Give their number.");
  return amax(labels.detach()).item<std::int64_t>() + 1;
}

}  // namespace

Tensor one_hot(const Tensor& labels, std::int64_t wanted, OneHotOptions options, Location at) {
  Call call(at);
  const std::int64_t classes = wanted == -1 ? classes_of(labels, at) : wanted;
  if (classes < 0) fail<ValueError>(at, "one_hot", fmt::format("{} classes", classes), {{"labels", labels}});
  const Tensor list = checked_indices("one_hot", labels, classes, at, 0, "labels");
  Shape shape = labels.shape();
  shape.push_back(classes);
  const Tensor rows = new_tensor("one_hot", shape, {.dtype = options.dtype, .device = labels.device()});
  launch(one_hot_kernel, "one_hot", classes, {rows}, {list});
  return rows.to(options.device.value_or(labels.device()), at);
}

std::vector<Example> OneHot::examples() {
  return {{"labels",
           {},
           [](const auto&) { return one_hot(tensor<std::int64_t>({2, 0, 1}), 3, {.dtype = float64}); },
           between(0, 1),
           false},
          {"no labels",
           {},
           [](const auto&) { return one_hot(empty({0}, {.dtype = int64}), 3, {.dtype = float64}); },
           between(0, 1),
           false}};
}

}  // namespace gradtape
