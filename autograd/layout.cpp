#include <gradtape/autograd/layout.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/float_control.h>

namespace gradtape {
namespace {

// One run of elements: from[i * from_step] → to[i * to_step].
struct Run {
  const std::byte* from;
  std::int64_t from_step;
  std::byte* to;
  std::int64_t to_step;
  std::int64_t count;
};

template <class From, class To>
void copy_run(const Run& run) {
  if constexpr (std::is_same_v<From, bool> && !std::is_same_v<To, bool>)  // GCC takes bools one by one
    return copy_run<std::uint8_t, To>(run);
  const auto* from = reinterpret_cast<const From*>(run.from);
  auto* to = reinterpret_cast<To*>(run.to);
  if (run.to_step == 1 && run.from_step == 0) return void(std::fill_n(to, run.count, convert<To>(*from)));
  if (run.to_step == 1 && run.from_step == 1) {
    if constexpr (std::is_same_v<From, To>)
      return void(std::memcpy(to, from, static_cast<std::size_t>(run.count) * sizeof(To)));
    for (std::int64_t i = 0; i < run.count; ++i) to[i] = convert<To>(from[i]);
    return;
  }
  for (std::int64_t i = 0; i < run.count; ++i) to[i * run.to_step] = convert<To>(from[i * run.from_step]);
}

using RunCopy = void (*)(const Run&);
RunCopy copier(DType from, DType to) {
  return visit(from,
               [&](auto f) { return visit(to, [](auto t) -> RunCopy { return copy_run<decltype(f), decltype(t)>; }); });
}

// The place of an element, and its index along each dimension.
std::int64_t locate(const Layout& layout, std::int64_t element, std::int64_t* index) {
  std::int64_t offset = 0;
  for (int d = layout.sizes.rank() - 1; d >= 0; --d) {
    index[d] = element % layout.sizes[d];
    element /= layout.sizes[d];
    offset += index[d] * layout.strides[d];
  }
  return offset;
}
// Calls each(offset, stride, count) for the runs along the last dimension that make up [first, first + count).
template <class Each>
void each_run(const Layout& layout, std::int64_t first, std::int64_t count, Each each) {
  if (count == 0) return;
  const int rank = layout.sizes.rank();
  if (rank == 0) return each(std::int64_t(0), std::int64_t(1), count);
  std::int64_t index[max_rank];
  std::int64_t offset = locate(layout, first, index);
  const int last = rank - 1;
  while (count > 0) {
    const std::int64_t run = std::min(count, layout.sizes[last] - index[last]);
    each(offset, layout.strides[last], run);
    count -= run;
    offset += run * layout.strides[last];
    index[last] += run;
    for (int d = last; d > 0 && index[d] == layout.sizes[d]; --d) {
      offset -= index[d] * layout.strides[d];
      index[d] = 0;
      ++index[d - 1];
      offset += layout.strides[d - 1];
    }
  }
}

}  // namespace

Layout::Layout(const TensorData& tensor) {
  if (tensor.contiguous) append(tensor.count, 1);
  else
    for (int d = 0; d < tensor.shape.rank(); ++d) append(tensor.shape[d], tensor.strides[d]);
}
Layout::Layout(const TensorData& tensor, const Shape& broadcast_to) {
  const Strides seen = strides_in(broadcast_to, tensor);
  for (int d = 0; d < broadcast_to.rank(); ++d) append(broadcast_to[d], seen[d]);
}
ElementRun run_at(const Layout& layout, std::int64_t element) {
  const int last = layout.sizes.rank() - 1;
  if (last < 0) return {0, 1, 1};
  std::int64_t index[max_rank];
  const std::int64_t offset = locate(layout, element, index);
  return {offset, layout.strides[last], layout.sizes[last] - index[last]};
}
Strides strides_in(const Shape& shape, const TensorData& tensor) {
  const Strides own = strides_of(tensor);
  const int lead = shape.rank() - tensor.shape.rank();
  Strides seen = shape;
  for (int d = 0; d < shape.rank(); ++d) seen[d] = d < lead || tensor.shape[d - lead] == 1 ? 0 : own[d - lead];
  return seen;
}
void Layout::append(std::int64_t size, std::int64_t stride) {
  if (size == 1) return;
  const int last = sizes.rank() - 1;
  if (last >= 0 && strides[last] == product_of(size, stride)) {
    sizes[last] = product_of(sizes[last], size);
    strides[last] = stride;
    return;
  }
  sizes.push_back(size);
  strides.push_back(stride);
}

// The dimension of the longest stride must step over all that the others reach, and so on down.
bool has_own_places(const TensorData& tensor) {
  if (tensor.contiguous || tensor.count <= 1) return true;
  int order[max_rank], rank = 0;  // shortest stride first
  const auto step = [&](int d) { return std::abs(tensor.strides[d]); };
  for (int d = 0; d < tensor.shape.rank(); ++d) {
    if (tensor.shape[d] == 1) continue;
    int at = rank++;
    for (; at > 0 && step(order[at - 1]) > step(d); --at) order[at] = order[at - 1];
    order[at] = d;
  }
  std::int64_t reach = 0;
  for (int i = 0; i < rank; ++i) {
    if (step(order[i]) <= reach) return false;
    reach += (tensor.shape[order[i]] - 1) * step(order[i]);
  }
  return true;
}

void gather(const void* data, DType type, const Layout& layout, std::int64_t first, std::int64_t count, void* to,
            DType to_type) {
  const RunCopy copy = copier(type, to_type);
  const auto* from = static_cast<const std::byte*>(data);
  auto* out = static_cast<std::byte*>(to);
  const auto from_size = static_cast<std::int64_t>(size_of(type)),
             to_size = static_cast<std::int64_t>(size_of(to_type));
  each_run(layout, first, count, [&](std::int64_t offset, std::int64_t stride, std::int64_t run) {
    copy({from + offset * from_size, stride, out, 1, run});
    out += run * to_size;
  });
}
void write_number(Number number, DType type, void* to) {
  visit(type, [&](auto zero) {
    using T = decltype(zero);
    T value;
    if (!number.is_integer()) {
      value = convert<T>(number.as_double());
    } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      value = static_cast<T>(
          std::clamp<std::int64_t>(number.as_integer(), std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    } else {
      value = convert<T>(number.as_integer());
    }
    std::memcpy(to, &value, sizeof value);
  });
}
// Lanes From, From + 1, … of a and b in turn.
template <std::size_t From, class Pack, std::size_t... Lane>
Pack interleaved(Pack a, Pack b, std::index_sequence<Lane...>) {
  return __builtin_shufflevector(a, b, (From + Lane / 2 + Lane % 2 * sizeof...(Lane))...);
}
// Element j of run i, of as many as a pack has lanes, becomes element i of run j: packs are dealt out like cards, each
// with the one half of them further on. Every instruction set has this in one instruction.
template <class Bits, std::size_t... Run>
void turn(const Bits* from, std::int64_t step, Bits* to, std::int64_t to_step, std::index_sequence<Run...> all) {
  using Pack [[gnu::vector_size(16)]] = Bits;
  constexpr std::size_t half = sizeof...(Run) / 2;
  Pack runs[2 * half], dealt[2 * half];
  (std::memcpy(&runs[Run], from + std::int64_t(Run) * step, sizeof(Pack)), ...);
  for (std::size_t apart = half; apart > 0; apart /= 2) {
    ((dealt[Run] = interleaved<Run % 2 * half>(runs[Run / 2], runs[Run / 2 + half], all)), ...);
    ((runs[Run] = dealt[Run]), ...);
  }
  (std::memcpy(to + std::int64_t(Run) * to_step, &runs[Run], sizeof(Pack)), ...);
}
// A matrix that lies transposed, to dense memory, in blocks of a cache line each way. They are turned in a place of
// their own: rows that are a power of two apart push each other out of the first cache.
template <class Bits>
void copy_transposed(const TensorData& from, const Layout& layout, const TensorData& to) {
  constexpr std::int64_t side = 64 / sizeof(Bits), lanes = 16 / sizeof(Bits);
  const std::int64_t rows = layout.sizes[0], columns = layout.sizes[1], step = layout.strides[1];
  const bool as_it_is = from.dtype == to.dtype;
  const RunCopy copy = copier(from.dtype, to.dtype);
  const auto to_size = static_cast<std::int64_t>(size_of(to.dtype));
  const auto* in = reinterpret_cast<const Bits*>(from.data);
  alignas(64) Bits turned[side * side];
  for (std::int64_t r = 0; r < rows; r += side)
    for (std::int64_t c = 0; c < columns; c += side) {
      const std::int64_t height = std::min(side, rows - r), width = std::min(side, columns - c);
      const Bits* const block = in + r + c * step;
      const bool whole = height == side && width == side;
      for (std::int64_t i = 0; whole && i < side; i += lanes)
        for (std::int64_t j = 0; j < side; j += lanes)
          turn(block + i * step + j, step, turned + j * side + i, side, std::make_index_sequence<lanes>());
      for (std::int64_t i = 0; !whole && i < width; ++i)
        for (std::int64_t j = 0; j < height; ++j) turned[j * side + i] = block[i * step + j];
      for (std::int64_t j = 0; j < height; ++j) {
        std::byte* const out = to.data + ((r + j) * columns + c) * to_size;
        if (whole && as_it_is) std::memcpy(out, turned + j * side, 64);
        else copy({reinterpret_cast<const std::byte*>(turned + j * side), 1, out, 1, width});
      }
    }
}
void copy_transposed(const TensorData& from, const Layout& layout, const TensorData& to) {
  switch (size_of(from.dtype)) {
    case 1:
      return copy_transposed<std::uint8_t>(from, layout, to);
    case 2:
      return copy_transposed<std::uint16_t>(from, layout, to);
    case 4:
      return copy_transposed<std::uint32_t>(from, layout, to);
    default:
      return copy_transposed<std::uint64_t>(from, layout, to);
  }
}

void copy_elements(const TensorData& from, const TensorData& to) {
  if (from.storage->device != Device::cpu() || to.storage->device != Device::cpu()) [[unlikely]]
    return device::copy_elements(from, to);
  const RoundingToNearest rounding;
  const Layout source(from), target(to);
  if (to.contiguous && source.sizes.rank() == 2 && source.strides[0] == 1) return copy_transposed(from, source, to);
  const RunCopy copy = copier(from.dtype, to.dtype);
  const auto from_size = static_cast<std::int64_t>(size_of(from.dtype)),
             to_size = static_cast<std::int64_t>(size_of(to.dtype));
  if (source.dense()) {
    const std::byte* in = from.data;
    return each_run(target, 0, to.count, [&](std::int64_t at, std::int64_t step, std::int64_t run) {
      copy({in, 1, to.data + at * to_size, step, run});
      in += run * from_size;
    });
  }
  std::int64_t first = 0;
  each_run(target, 0, to.count, [&](std::int64_t to_at, std::int64_t to_step, std::int64_t count) {
    each_run(source, first, count, [&](std::int64_t from_at, std::int64_t from_step, std::int64_t run) {
      copy({from.data + from_at * from_size, from_step, to.data + to_at * to_size, to_step, run});
      to_at += run * to_step;
    });
    first += count;
  });
}

}  // namespace gradtape
