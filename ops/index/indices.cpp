#include <gradtape/ops/index/indices.h>

#include <algorithm>
#include <type_traits>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>

namespace gradtape {
namespace {

struct Check {
  std::int64_t size, ignored;
  const char* role;
};

void check_on_cpu(const Launch& work) {
  const auto& [size, ignored, role] = work.as<Check>();
  const TensorData& list = *work.in(0);
  const std::int64_t* listed = elements<std::int64_t>(&list);
  for (std::int64_t i = 0; i < list.count; ++i)
    if ((listed[i] < 0 || listed[i] >= size) && (listed[i] != ignored || ignored == 0)) [[unlikely]]
      fail<IndexError>({}, work.name, fmt::format("value {} at position {} is out of range", listed[i], i),
                       {{role, tensor_of(work.in(1))}}, fmt::format("It must be at least 0 and below {}.", size));
}
void leave_it_to_kernels(const Launch&) {}

// Calls each(number of a picked element, the place that the list names for it, how many lie there) in row-major order.
template <class Each>
void each_picked(const Launch& work, Each each) {
  const auto& lie = work.as<Picking>();
  if (lie.count() == 0) return;  // the other sizes may be huge
  const std::int64_t* listed = elements<std::int64_t>(work.in(0));
  std::int64_t number = 0;
  for (std::int64_t o = 0; o < lie.outer; ++o)
    for (std::int64_t j = 0; j < lie.picked; ++j)
      if (lie.for_each_element) {
        for (std::int64_t k = 0; k < lie.inner; ++k, ++number)
          each(number, (o * lie.size + listed[number]) * lie.inner + k, std::integral_constant<std::int64_t, 1>());
      } else {
        each(number, (o * lie.size + listed[j]) * lie.inner, lie.inner);
        number += lie.inner;
      }
}

void pick_on_cpu(const Launch& work) {
  visit(work.out()->dtype, [&](auto zero) {
    using T = decltype(zero);
    each_picked(work,
                [to = elements<T>(work.out()), from = elements<T>(work.in(1))](auto number, auto place, auto count) {
                  std::copy_n(from + place, std::int64_t(count), to + number);
                });
  });
}
void add_picked_on_cpu(const Launch& work) {
  visit(work.out()->dtype, [&](auto zero) {
    using T = decltype(zero);
    std::fill_n(elements<T>(work.out()), work.out()->count, T(0));
    each_picked(work,
                [to = elements<T>(work.out()), from = elements<T>(work.in(1))](auto number, auto place, auto count) {
                  for (std::int64_t k = 0; k < count; ++k)
                    to[place + k] = static_cast<T>(to[place + k] + from[number + k]);
                });
  });
}

Picking picking(int dim, const Tensor& list, const Shape& picked, const Shape& whole) {
  Picking lie{list.dim() == picked.rank(), 1, picked[dim], whole[dim], 1};
  for (int d = 0; d < whole.rank(); ++d) {
    if (d == dim) continue;
    std::int64_t& beside = d < dim ? lie.outer : lie.inner;
    beside = product_of(beside, whole[d]);
  }
  return lie;
}

constexpr Kernel check_kernel{check_on_cpu, leave_it_to_kernels, nullptr, no_flops};
constexpr Kernel pick_kernel{pick_on_cpu, GT_ON_CUDA(pick_on_cuda), nullptr, no_flops};
constexpr Kernel add_picked_kernel{add_picked_on_cpu, GT_ON_CUDA(add_picked_on_cuda)};

}  // namespace

Tensor checked_indices(const char* op, const Tensor& indices, std::int64_t size, Location at, std::int64_t ignored,
                       const char* role) {
  if (is_floating(indices.dtype()) || indices.dtype() == DType::boolean)
    fail<DTypeError>(at, op, fmt::format("{} are integers", role), {{role, indices}}, "Convert them: x.to(gt::int64).");
  Call call(at);
  const Tensor dense = indices.detach().to(DType::int64).contiguous();
  launch(check_kernel, op, Check{size, ignored, role}, {}, {dense, indices});
  return dense;
}

void pick(const char* op, int dim, const Tensor& list, const Tensor& from, const Tensor& to) {
  launch(pick_kernel, op, picking(dim, list, to.shape(), from.shape()), {to}, {list, from});
}
void add_picked(const char* op, int dim, const Tensor& list, const Tensor& from, const Tensor& to, bool distinct) {
  Picking lie = picking(dim, list, from.shape(), to.shape());
  lie.distinct = distinct;
  launch(add_picked_kernel, op, lie, {to}, {list, from});
}

}  // namespace gradtape
