#include <gradtape/ops/index/indices.h>

#include <algorithm>
#include <type_traits>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/team.h>
#include <gradtape/ops/pointwise/equal.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/view_of.h>

namespace gradtape {
namespace {

struct Check {
  std::int64_t size, ignored;
  const char* role;
};

[[noreturn]] void refuse(const Launch& work, const char* role, const TensorData* indices, std::int64_t value,
                         std::int64_t position, std::int64_t lowest, std::int64_t size) {
  fail<IndexError>({}, work.name, fmt::format("value {} at position {} is out of range", value, position),
                   {{role, tensor_of(indices)}}, fmt::format("It must be at least {} and below {}.", lowest, size));
}

// Without a branch in the loop, so that it goes in packs: the top bit shows what is below 0, or above the last.
bool all_in_range(const std::int64_t* listed, std::int64_t first, std::int64_t last, std::int64_t size) {
  const auto highest = static_cast<std::uint64_t>(size - 1);
  std::uint64_t bits = 0;
  for (std::int64_t i = first; i < last; ++i) {
    const auto value = static_cast<std::uint64_t>(listed[i]);
    bits |= value | (highest - value);
  }
  return bits >> 63 == 0;
}
void check_on_cpu(const Launch& work) {
  const auto& [size, ignored, role] = work.as<Check>();
  const TensorData& list = *work.in(0);
  const std::int64_t* listed = elements<std::int64_t>(&list);
  constexpr std::int64_t some = 4096;  // they stay in the first cache
  for (std::int64_t first = 0; first < list.count; first += some) {
    const std::int64_t last = std::min(list.count, first + some);
    if (all_in_range(listed, first, last, size)) [[likely]]
      continue;
    for (std::int64_t i = first; i < last; ++i)
      if ((listed[i] < 0 || listed[i] >= size) && (listed[i] != ignored || ignored == 0))
        refuse(work, role, work.in(1), listed[i], i, 0, size);
  }
}
void leave_it_to_kernels(const Launch&) {}

void flatten_on_cpu(const Launch& work) {
  const auto& [dims, sizes] = work.as<Flattening>();
  const TensorData& flat = *work.out();
  std::int64_t* to = elements<std::int64_t>(&flat);
  for (int d = 0; d < dims; ++d) {
    const std::int64_t* listed = elements<std::int64_t>(work.in(d));
    const std::int64_t size = sizes[d];
    for (std::int64_t i = 0; i < flat.count; ++i) {
      const std::int64_t index = listed[i] < 0 ? listed[i] + size : listed[i];
      if (index < 0 || index >= size) [[unlikely]]
        refuse(work, "indices", work.in(d), listed[i], i, -size, size);
      to[i] = (d > 0 ? to[i] * size : 0) + index;
    }
  }
}

// Some of [outer, picked], as rows, and of their elements.
struct Part {
  std::int64_t first_row, last_row, first, last;
};
// Calls each(element, place, count): elements that lie side by side, and where the first one's index points to, in
// row-major order.
template <class Each>
void each_picked(const Picking& lie, const std::int64_t* listed, Part part, Each each) {
  constexpr std::integral_constant<std::int64_t, 1> one;
  const std::int64_t inner = lie.inner;
  std::int64_t o = part.first_row / lie.picked, j = part.first_row % lie.picked;
  for (std::int64_t row = part.first_row; row < part.last_row; ++o, j = 0) {
    const std::int64_t end = std::min(part.last_row, row + lie.picked - j), begin = o * lie.size * inner;
    const std::int64_t* list = lie.for_each_element ? listed + (row - j) * inner : listed;
    if (inner == 1) {
      for (; row < end; ++row, ++j) each(row, begin + list[j], one);
      continue;
    }
    for (; row < end; ++row, ++j) {
      if (lie.for_each_element)
        for (std::int64_t k = part.first; k < part.last; ++k)
          each(row * inner + k, begin + list[j * inner + k] * inner + k, one);
      else each(row * inner + part.first, begin + list[j] * inner + part.first, part.last - part.first);
    }
  }
}

constexpr std::int64_t chunk_elements = 1 << 16;
// Calls run(first, last) for chunks of some numbers below `count`, each of which stands for so many elements.
template <class Run>
void in_chunks(std::int64_t count, std::int64_t elements_of_each, Run run) {
  const std::int64_t of_each = std::max<std::int64_t>(1, chunk_elements / std::max<std::int64_t>(1, elements_of_each));
  parallel_for((count - 1) / of_each + 1,
               [&](std::int64_t chunk) { run(chunk * of_each, std::min(count, (chunk + 1) * of_each)); });
}

// The elements [first, last) where those of an index do not lie side by side. Four are read before they are written: a
// read waits for a write before it whose address looks alike to the processor.
template <class T>
void pick_elements(const Picking& lie, const std::int64_t* listed, std::int64_t first, std::int64_t last, const T* from,
                   T* to) {
  for (std::int64_t i = first; i < last;) {
    const std::int64_t o = i / lie.picked, end = std::min(last, (o + 1) * lie.picked);
    const T* const line = from + o * lie.size;
    const std::int64_t* const list = lie.for_each_element ? listed : listed - o * lie.picked;
    for (; i + 4 <= end; i += 4) {
      const T four[] = {line[list[i]], line[list[i + 1]], line[list[i + 2]], line[list[i + 3]]};
      std::copy_n(four, 4, to + i);
    }
    for (; i < end; ++i) to[i] = line[list[i]];
  }
}
void pick_on_cpu(const Launch& work) {
  const auto& lie = work.as<Picking>();
  if (lie.count() == 0) return;  // the other sizes may be huge
  const std::int64_t* listed = elements<std::int64_t>(work.in(0));
  visit(work.out()->dtype, [&](auto zero) {
    using T = decltype(zero);
    T* const to = elements<T>(work.out());
    const T* const from = elements<T>(work.in(1));
    in_chunks(lie.outer * lie.picked, lie.inner, [&](auto first, auto last) {
      if (lie.inner == 1) return pick_elements(lie, listed, first, last, from, to);
      each_picked(lie, listed, {first, last, 0, lie.inner}, [=](auto number, auto place, auto count) {
        std::copy_n(from + place, std::int64_t(count), to + number);
      });
    });
  });
}

// Cut where no two chunks write to one place: between rows of the outer dimensions, or between columns.
template <class Each>
void each_brought(const Picking& lie, const std::int64_t* listed, Each each) {
  if (lie.outer > 1)
    return in_chunks(lie.outer, lie.picked * lie.inner, [&](auto first, auto last) {
      each_picked(lie, listed, {first * lie.picked, last * lie.picked, 0, lie.inner}, each);
    });
  constexpr std::int64_t columns = 256;
  in_chunks((lie.inner - 1) / columns + 1, lie.picked * columns, [&](auto first, auto last) {
    each_picked(lie, listed, {0, lie.picked, first * columns, std::min(last * columns, lie.inner)}, each);
  });
}
template <Combine how>
void combine_as(const Launch& work) {
  const auto& lie = work.as<Combining>();
  const std::int64_t* listed = elements<std::int64_t>(work.in(0));
  const std::int64_t step = lie.one_number ? 0 : 1;
  visit(work.out()->dtype, [&](auto zero) {
    using T = decltype(zero);
    each_brought(
        lie, listed,
        [to = elements<T>(work.out()), from = elements<T>(work.in(1)), step](auto number, auto place, auto count) {
          const T* come = from + number * step;
          T* there = to + place;
          if (step == 0)
            for (std::int64_t k = 0; k < count; ++k) there[k] = combined(how, there[k], *come);
          else
            for (std::int64_t k = 0; k < count; ++k) there[k] = combined(how, there[k], come[k]);
        });
  });
}
void combine_on_cpu(const Launch& work) {
  const auto& lie = work.as<Combining>();
  if (lie.count() == 0) return;  // the other sizes may be huge
  switch (lie.how) {
    case Combine::put:
      return combine_as<Combine::put>(work);
    case Combine::add:
      return combine_as<Combine::add>(work);
    case Combine::multiply:
      return combine_as<Combine::multiply>(work);
    case Combine::largest:
      return combine_as<Combine::largest>(work);
    case Combine::smallest:
      return combine_as<Combine::smallest>(work);
  }
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

Tensor as_int64(const char* op, const Tensor& indices, const char* role, Location at) {
  if (is_floating(indices.dtype()) || indices.dtype() == DType::boolean)
    fail<DTypeError>(at, op, fmt::format("{} are integers", role), {{role, indices}}, "Convert them: x.to(gt::int64).");
  return indices.detach().to(DType::int64);
}

constexpr Kernel check_kernel{check_on_cpu, leave_it_to_kernels, nullptr, no_flops};
constexpr Kernel flatten_kernel{flatten_on_cpu, GT_ON_CUDA(flatten_on_cuda), nullptr, no_flops};
constexpr Kernel pick_kernel{pick_on_cpu, GT_ON_CUDA(pick_on_cuda), nullptr, no_flops};
constexpr Kernel combine_kernel{combine_on_cpu, GT_ON_CUDA(combine_on_cuda)};

// Has it one element, whose place all elements share?
bool is_one_number(const Tensor& x) {
  const Strides strides = x.strides();
  for (int d = 0; d < x.dim(); ++d)
    if (x.shape()[d] != 1 && strides[d] != 0) return false;
  return true;
}

}  // namespace

Tensor checked_indices(const char* op, const Tensor& indices, std::int64_t size, Location at, std::int64_t ignored,
                       const char* role) {
  Call call(at);
  const Tensor dense = as_int64(op, indices, role, at).contiguous();
  launch(check_kernel, op, Check{size, ignored, role}, {}, {dense, indices});
  return dense;
}

Flattening flattening_of(const Shape& shape) {
  Flattening all{shape.rank(), {}};
  std::copy(shape.begin(), shape.end(), all.sizes);
  return all;
}
Tensor flat_indices(const char* op, std::span<const Tensor> indices, const Shape& sizes, Location at) {
  Call call(at);
  Tensor lists[max_rank];
  for (int d = 0; d < sizes.rank(); ++d)
    lists[d] = as_int64(op, indices[static_cast<std::size_t>(d)], "indices", at).contiguous();
  const Tensor flat = new_tensor(op, {lists[0].numel()}, {.dtype = DType::int64, .device = lists[0].device()});
  launch(flatten_kernel, op, flattening_of(sizes), {flat},
         {lists[0], lists[1], lists[2], lists[3], lists[4], lists[5], lists[6], lists[7]});
  return flat;
}

Tensor element_of(const char* op, const Tensor& x, Number value, Location at) {
  if (!is_floating(x.dtype()) && !value.is_whole())
    fail<DTypeError>(at, op, fmt::format("{} among integers", value.as_double()), {{"tensor", x}},
                     "Convert them: x.to(gt::float32).");
  return new_full(op, {}, value, options_of(x), at);
}
void require_values_like(const char* op, const Tensor& x, const Tensor& indices, const Tensor& values, Location at) {
  require_one_device(op, {{"tensor", x}, {"indices", indices}, {"values", values}}, at);
  if (x.dtype() != values.dtype())
    fail<DTypeError>(at, op, "the types differ", {{"tensor", x}, {"values", values}},
                     "Convert the values: values.to(x.dtype()).");
}

void pick(const char* op, int dim, const Tensor& list, const Tensor& from, const Tensor& to) {
  launch(pick_kernel, op, picking(dim, list, to.shape(), from.shape()), {to}, {list, from});
}
void combine(const char* op, Combine how, int dim, const Tensor& list, const Tensor& from, const Tensor& to,
             bool distinct) {
  const bool one = from.numel() > 0 && is_one_number(from);
  const Combining settings{picking(dim, list, from.shape(), to.shape()), how, one, distinct};
  launch(combine_kernel, op, settings, {to}, {list, one ? view_of(from, {}, {}) : from.contiguous(), to});
}

Tensor is_last(const char* op, int dim, const Tensor& list, const Shape& shape) {
  const TensorOptions whole{.dtype = DType::int64, .device = list.device()};
  const Tensor numbers = arange(0, list.numel(), 1, {.dtype = whole.dtype, .device = whole.device}),
               number_of_each = reshape(numbers, list.shape());
  const Tensor places = new_full(op, shape, 0, whole), stay = new_tensor(op, list.shape(), whole);
  combine(op, Combine::put, dim, list, number_of_each, places);
  pick(op, dim, list, places, stay);
  return stay == number_of_each;
}

}  // namespace gradtape
