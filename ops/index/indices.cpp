#include <gradtape/ops/index/indices.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

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

bool in_range(std::int64_t index, std::int64_t size) {
  return static_cast<std::uint64_t>(index) < static_cast<std::uint64_t>(size);
}
[[noreturn]] void refuse(const Launch& work, const char* role, const TensorData* indices, std::int64_t value,
                         std::int64_t position, std::int64_t lowest, std::int64_t size) {
  fail<IndexError>({}, work.name, fmt::format("value {} at position {} is out of range", value, position),
                   {{role, tensor_of(indices)}}, fmt::format("It must be at least {} and below {}.", lowest, size));
}
// Refuses the first index out of range of the dense list, the launch's first input; messages show the one that is
// given.
void check_list(const Launch& work, const Check& check, const TensorData* shown) {
  const TensorData& list = *work.in(0);
  const std::int64_t* listed = elements<std::int64_t>(&list);
  for (std::int64_t i = 0; i < list.count; ++i)
    if (!in_range(listed[i], check.size) && (listed[i] != check.ignored || check.ignored == 0)) [[unlikely]]
      refuse(work, check.role, shown, listed[i], i, 0, check.size);
}
void check_on_cpu(const Launch& work) { check_list(work, work.as<Check>(), work.in(1)); }
void leave_it_to_kernels(const Launch&) {}
// Loops that meet an index out of range only end, for they may run on another thread.
void check_picked(const Launch& work) { check_list(work, {work.as<Picking>().size, 0, "indices"}, work.in(0)); }

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

constexpr std::int64_t chunk_elements = 1 << 16;
// Calls run(first, last) for chunks of some numbers below `count`, each of which stands for so many elements. False
// where one of them is.
template <class Run>
bool in_chunks(std::int64_t count, std::int64_t elements_of_each, Run run) {
  const std::int64_t of_each = std::max<std::int64_t>(1, chunk_elements / std::max<std::int64_t>(1, elements_of_each));
  std::atomic<bool> good = true;
  parallel_for((count - 1) / of_each + 1, [&](std::int64_t chunk) {
    if (!run(chunk * of_each, std::min(count, (chunk + 1) * of_each))) good.store(false, std::memory_order_relaxed);
  });
  return good.load(std::memory_order_relaxed);
}

// Elements side by side, from the number `first` on, with their indices; element i's points to place_of(i).
// There may be one inner element alone, and one list for all rows, which has been checked.
template <bool Alone, bool Shared>
struct Run {
  const std::int64_t* list;
  std::int64_t first, count, begin, size, inner;

  bool is_good(std::int64_t i) const { return Shared || in_range(list[i], size); }
  std::int64_t place_of(std::int64_t i) const { return begin + (Alone ? list[i] : list[i] * inner + i); }
};
// Some rows of [outer, picked], and some of their inner elements.
struct Part {
  std::int64_t first_row, last_row, first, last;
};
// Calls each(run) for the elements of a part, in row-major order, while it returns true. They have an index each, or
// there is one inner element.
template <class Each>
bool each_run(const Picking& lie, const std::int64_t* listed, Part part, Each each) {
  for (std::int64_t row = part.first_row; row < part.last_row;) {
    const std::int64_t o = row / lie.picked, end = std::min(part.last_row, (o + 1) * lie.picked);
    if (lie.inner == 1) {
      const std::int64_t j = row - o * lie.picked, count = end - row, begin = o * lie.size;
      const bool good = lie.for_each_element ? each(Run<true, false>{listed + row, row, count, begin, lie.size, 1})
                                             : each(Run<true, true>{listed + j, row, count, begin, lie.size, 1});
      if (!good) return false;
      row = end;
    }
    for (; row < end; ++row) {
      const std::int64_t first = row * lie.inner + part.first, begin = o * lie.size * lie.inner + part.first;
      if (!each(Run<false, false>{listed + first, first, part.last - part.first, begin, lie.size, lie.inner}))
        return false;
    }
  }
  return true;
}
bool is_by_elements(const Picking& lie) { return lie.for_each_element || lie.inner == 1; }

// Four are read before they are written: a read waits for a write before it whose address looks alike to the processor.
template <class T, class Run>
bool pick_run(const Run& run, const T* from, T* to) {
  std::int64_t i = 0;
  for (; i + 4 <= run.count; i += 4) {
    T four[4];
    GT_UNROLL
    for (int k = 0; k < 4; ++k) {
      if (!run.is_good(i + k)) [[unlikely]]
        return false;
      four[k] = from[run.place_of(i + k)];
    }
    std::copy_n(four, 4, to + run.first + i);
  }
  for (; i < run.count; ++i) {
    if (!run.is_good(i)) [[unlikely]]
      return false;
    to[run.first + i] = from[run.place_of(i)];
  }
  return true;
}
template <class T>
void pick_rows(const Picking& lie, const std::int64_t* listed, std::int64_t first, std::int64_t last, const T* from,
               T* to) {
  for (std::int64_t row = first; row < last; ++row) {
    const std::int64_t o = row / lie.picked, index = listed[row - o * lie.picked];
    std::copy_n(from + (o * lie.size + index) * lie.inner, lie.inner, to + row * lie.inner);
  }
}
void pick_on_cpu(const Launch& work) {
  const auto& lie = work.as<Picking>();
  if (lie.count() == 0 || !lie.for_each_element) check_picked(work);
  if (lie.count() == 0) return;  // the other sizes may be huge
  const std::int64_t* listed = elements<std::int64_t>(work.in(0));
  visit(work.out()->dtype, [&](auto zero) {
    using T = decltype(zero);
    T* const to = elements<T>(work.out());
    const T* const from = elements<T>(work.in(1));
    const bool good = in_chunks(lie.outer * lie.picked, lie.inner, [&](auto first, auto last) {
      if (is_by_elements(lie))
        return each_run(lie, listed, {first, last, 0, lie.inner}, [=](auto run) { return pick_run(run, from, to); });
      pick_rows(lie, listed, first, last, from, to);
      return true;
    });
    if (!good) check_picked(work);
  });
}

// What comes to places, and from what they begin: null where from 0.
template <class T>
struct Brought {
  const T *begin, *from;
  std::int64_t step;  // between elements that come
  T* to;

  void begin_at(std::int64_t first, std::int64_t count) const {
    if (begin == to) return;
    if (begin) std::copy_n(begin + first, count, to + first);
    else std::fill_n(to + first, count, T(0));
  }
};
template <Combine how, class T, class Run>
bool bring_run(const Run& run, const Brought<T>& all) {
  const T* come = all.from + run.first * all.step;
  GT_UNROLL_BY_TWO
  for (std::int64_t i = 0; i < run.count; ++i) {
    if (!run.is_good(i)) [[unlikely]]
      return false;
    T& there = all.to[run.place_of(i)];
    there = combined(how, there, come[i * all.step]);
  }
  return true;
}
// Cut where no two chunks write to one place: between rows of the outer dimensions, or between columns.
template <Combine how, class T>
bool bring_elements(const Picking& lie, const std::int64_t* listed, const Brought<T>& all) {
  const std::int64_t places = lie.size * lie.inner;
  auto bring = [&](Part part) {
    return each_run(lie, listed, part, [&](auto run) { return bring_run<how>(run, all); });
  };
  constexpr std::int64_t columns = 256;
  if (lie.outer > 1 || lie.inner <= columns)
    return in_chunks(lie.outer, lie.picked * lie.inner, [&](auto first, auto last) {
      bool good = true;
      for (std::int64_t o = first; good && o < last; ++o) {
        all.begin_at(o * places, places);
        good = bring({o * lie.picked, (o + 1) * lie.picked, 0, lie.inner});
      }
      return good;
    });
  return in_chunks((lie.inner - 1) / columns + 1, lie.picked * columns, [&](auto first, auto last) {
    const Part part{0, lie.picked, first * columns, std::min(last * columns, lie.inner)};
    for (std::int64_t place = 0; place < lie.size; ++place)
      all.begin_at(place * lie.inner + part.first, part.last - part.first);
    return bring(part);
  });
}

template <Combine how, class T>
void bring_part(const T* before, const T* comes, std::int64_t step, T* there, std::int64_t count) {
  if (step == 0)
    for (std::int64_t k = 0; k < count; ++k) there[k] = combined(how, before[k], *comes);
  else
    for (std::int64_t k = 0; k < count; ++k) there[k] = combined(how, before[k], comes[k]);
}

// Parts of so few elements that putting them in order would take longer.
constexpr std::int64_t narrow = 256;
template <Combine how, class T>
void bring_narrow_parts(const Picking& lie, const std::int64_t* listed, const Brought<T>& all) {
  const std::int64_t places = lie.size * lie.inner;
  in_chunks(lie.outer, lie.picked * lie.inner, [&](auto first, auto last) {
    for (std::int64_t o = first; o < last; ++o) {
      all.begin_at(o * places, places);
      const T* comes = all.from + o * lie.picked * lie.inner * all.step;
      for (std::int64_t j = 0; j < lie.picked; ++j, comes += lie.inner * all.step) {
        T* const there = all.to + o * places + listed[j] * lie.inner;
        bring_part<how>(there, comes, all.step, there, lie.inner);
      }
    }
    return true;
  });
}

// Parts in the order of their places, those for one place in the order in which they come: to `place` the ones numbered
// order[ends[place - 1]], … before order[ends[place]].
struct ByPlace {
  const std::int64_t *ends, *order;
};
// By counting.
ByPlace by_place(const Picking& lie, const std::int64_t* listed, std::int64_t* room) {
  std::int64_t *ends = room + 1, *order = ends + lie.size;
  std::fill_n(room, lie.size + 1, 0);
  for (std::int64_t j = 0; j < lie.picked; ++j) ++ends[listed[j]];
  for (std::int64_t place = 0, before = 0; place < lie.size; ++place) before += std::exchange(ends[place], before);
  for (std::int64_t j = 0; j < lie.picked; ++j) order[ends[listed[j]]++] = j;
  return {ends, order};
}
// Place by place, so that each is written once, or again while it is in the first cache.
template <Combine how, class T>
void bring_parts(const Launch& work, const Picking& lie, const std::int64_t* listed, const Brought<T>& all) {
  const Tensor room = new_tensor(work.name, {lie.size + 1 + lie.picked}, {.dtype = DType::int64});
  const ByPlace parts = by_place(lie, listed, room.data<std::int64_t>());
  constexpr std::int64_t columns = 1024;
  const std::int64_t pieces = (lie.inner - 1) / columns + 1;
  in_chunks(lie.outer * lie.size * pieces, std::min(lie.inner, columns), [&](auto first, auto last) {
    const T zeros[columns] = {};
    std::int64_t row = first / pieces, column = first % pieces * columns, o = row / lie.size, place = row % lie.size;
    for (std::int64_t piece = first; piece < last; ++piece) {
      const std::int64_t count = std::min(columns, lie.inner - column), at = row * lie.inner + column;
      const T* before = all.begin ? all.begin + at : zeros;
      T* const there = all.to + at;
      const std::int64_t comes = parts.ends[place - 1], end = parts.ends[place];
      if (comes == end && before != there) std::copy_n(before, count, there);
      for (std::int64_t i = comes; i < end; ++i, before = there)
        bring_part<how>(before, all.from + ((o * lie.picked + parts.order[i]) * lie.inner + column) * all.step,
                        all.step, there, count);
      column += columns;
      if (column < lie.inner) continue;
      column = 0;
      ++row;
      if (++place == lie.size) ++o, place = 0;
    }
    return true;
  });
}
template <Combine how>
void combine_as(const Launch& work) {
  const auto& lie = work.as<Combining>();
  const std::int64_t* listed = elements<std::int64_t>(work.in(0));
  visit(work.out()->dtype, [&](auto zero) {
    using T = decltype(zero);
    const Brought<T> all{elements<T>(work.in(2)), elements<T>(work.in(1)), lie.one_number ? 0 : 1,
                         elements<T>(work.out())};
    if (is_by_elements(lie)) {
      if (!bring_elements<how>(lie, listed, all)) check_picked(work);
    } else {
      lie.inner < narrow ? bring_narrow_parts<how>(lie, listed, all) : bring_parts<how>(work, lie, listed, all);
    }
  });
}
void combine_on_cpu(const Launch& work) {
  const auto& lie = work.as<Combining>();
  if (work.out()->count == 0 || !lie.for_each_element) check_picked(work);
  if (work.out()->count == 0) return;  // the other sizes may be huge
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
Tensor dense_indices(const char* op, const Tensor& indices, std::int64_t size, Location at) {
  if (indices.dtype() != DType::int64) return checked_indices(op, indices, size, at);  // messages show their type
  return indices.detach().contiguous();
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
void combine(const char* op, Combine how, int dim, const Tensor& list, const Tensor& begin, const Tensor& from,
             const Tensor& to, bool distinct) {
  const bool one = from.numel() > 0 && is_one_number(from);
  const Combining settings{picking(dim, list, from.shape(), to.shape()), how, one, distinct};
  launch(combine_kernel, op, settings, {to},
         {list, one ? view_of(from, {}, {}) : from.contiguous(), begin.defined() ? begin.contiguous() : begin});
}

Tensor is_last(const char* op, int dim, const Tensor& list, const Shape& shape) {
  const TensorOptions whole{.dtype = DType::int64, .device = list.device()};
  const Tensor numbers = arange(0, list.numel(), 1, {.dtype = whole.dtype, .device = whole.device}),
               number_of_each = reshape(numbers, list.shape());
  const Tensor places = new_tensor(op, shape, whole), stay = new_tensor(op, list.shape(), whole);
  combine(op, Combine::put, dim, list, {}, number_of_each, places);
  pick(op, dim, list, places, stay);
  return stay == number_of_each;
}

}  // namespace gradtape
