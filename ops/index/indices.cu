#include <gradtape/ops/index/indices.h>

#include <bit>

#include <cub/device/device_radix_sort.cuh>

#include <gradtape/autograd/device_memory.h>
#include <gradtape/cuda/fault.h>
#include <gradtape/cuda/stream.h>

namespace gradtape {
namespace {

using namespace cuda;

struct PickPass : Picking {
  IndexCheck check;
  const std::int64_t* list;
  const void* from;
  void* to;
};
PickPass pass_of(const Launch& work, const Picking& lie) {
  return {lie, index_check(work, lie.size), elements<std::int64_t>(work.in(0)), work.in(1)->data, work.out()->data};
}

__device__ std::int64_t thread_number() { return std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x; }

// Where element e of [outer, picked, inner] finds its index.
__device__ std::int64_t position_of(const PickPass& pass, std::int64_t e) {
  return pass.for_each_element ? e : e / pass.inner % pass.picked;
}
// The place in [outer, size, inner] that belongs to element e of [outer, picked, inner], by its index.
__device__ std::int64_t place_of(const PickPass& pass, std::int64_t e, std::int64_t index) {
  return (e / (pass.picked * pass.inner) * pass.size + index) * pass.inner + e % pass.inner;
}

template <class Bits>
__global__ void pick_kernel(PickPass pass, std::int64_t count) {
  const std::int64_t e = thread_number();
  if (e >= count) return;
  const std::int64_t position = position_of(pass, e), index = pass.list[position];
  const bool good = is_good(pass.check, index, position);
  static_cast<Bits*>(pass.to)[e] = good ? static_cast<const Bits*>(pass.from)[place_of(pass, e, index)] : Bits(0);
}

// For each index its key: the part that it names, or the place, where there is an index for each element. A bad index
// gets `none`.
__global__ void key_kernel(PickPass pass, std::int64_t count, std::int64_t none, std::int64_t* keys,
                           std::int64_t* numbers) {
  const std::int64_t i = thread_number();
  if (i >= count) return;
  const std::int64_t index = pass.list[i];
  const bool good = is_good(pass.check, index, i);
  keys[i] = !good ? none : pass.for_each_element ? place_of(pass, i, index) : index;
  numbers[i] = i;
}

struct CombinePass : PickPass {
  Combine how;
  std::int64_t step;  // between elements that come
  std::int64_t count, none;
  const std::int64_t *keys, *numbers;  // sorted stably, or as they came
};
// The first thread of those with one key brings all of theirs to the place, in the order in which they came.
template <class T, bool Sorted>
__global__ void combine_kernel(CombinePass pass) {
  const std::int64_t e = thread_number();
  if (e >= pass.count) return;
  const std::int64_t k = e % pass.inner, j = e / pass.inner % pass.picked, o = e / pass.inner / pass.picked;
  const bool whole = Sorted && pass.for_each_element;  // keys of all elements stand in one order
  const std::int64_t mine = whole ? e : j, end = whole ? pass.count : pass.picked;
  auto element = [&](std::int64_t i) { return whole ? i : (o * pass.picked + i) * pass.inner + k; };
  auto key_at = [&](std::int64_t i) { return pass.keys[pass.for_each_element ? element(i) : i]; };
  const std::int64_t key = key_at(mine);
  if (key == pass.none) return;
  for (std::int64_t i = Sorted ? mine - 1 : 0; i >= 0 && i < mine; ++i)
    if (key_at(i) == key) return;
  T& there = static_cast<T*>(pass.to)[pass.for_each_element ? key : (o * pass.size + key) * pass.inner + k];
  T value = there;
  for (std::int64_t i = mine; i < end; ++i) {
    if (key_at(i) == key) {
      const std::int64_t number = Sorted ? pass.numbers[i] : i;
      value = combined(pass.how, value, static_cast<const T*>(pass.from)[element(number) * pass.step]);
    } else if (Sorted) {
      break;
    }
  }
  there = value;
}

// Each element to a place of its own.
template <class T>
__global__ void combine_distinct_kernel(CombinePass pass) {
  const std::int64_t e = thread_number();
  if (e >= pass.count) return;
  const std::int64_t position = position_of(pass, e), index = pass.list[position];
  if (!is_good(pass.check, index, position)) return;
  T& there = static_cast<T*>(pass.to)[place_of(pass, e, index)];
  there = combined(pass.how, there, static_cast<const T*>(pass.from)[e * pass.step]);
}

struct FlatPass {
  int dims;
  std::int64_t* to;
  const std::int64_t* lists[max_rank];
  IndexCheck checks[max_rank];
};
__global__ void flatten_kernel(FlatPass pass, std::int64_t count) {
  const std::int64_t i = thread_number();
  if (i >= count) return;
  std::int64_t flat = 0;
  for (int d = 0; d < pass.dims; ++d) {
    const std::int64_t index = pass.lists[d][i], size = pass.checks[d].found.size;
    const bool good = is_good(pass.checks[d], index, i);
    flat = flat * size + (good ? index < 0 ? index + size : index : 0);
  }
  pass.to[i] = flat;
}

}  // namespace

void pick_on_cuda(const Launch& work) {
  const PickPass pass = pass_of(work, work.as<Picking>());
  const std::int64_t count = pass.count();
  if (count == 0) return;
  const std::size_t size = size_of(work.out()->dtype);
  auto* kernel = size == 1   ? pick_kernel<std::uint8_t>
                 : size == 2 ? pick_kernel<std::uint16_t>
                 : size == 4 ? pick_kernel<std::uint32_t>
                             : pick_kernel<std::uint64_t>;
  kernel<<<blocks_for(count), block_threads, 0, stream_of(work.device())>>>(pass, count);
  check(cudaGetLastError(), "pick");
}

void combine_on_cuda(const Launch& work) {
  constexpr std::int64_t few = 64;  // indices that a thread may look through
  const auto& settings = work.as<Combining>();
  CombinePass pass{pass_of(work, settings), settings.how, !settings.one_number, settings.count()};
  if (const TensorData* begin = work.in(2); begin == nullptr) device::fill(*work.out(), 0);
  else if (begin->data != work.out()->data) device::copy_elements(*begin, *work.out());
  if (pass.count == 0) return;
  const cudaStream_t stream = stream_of(work.device());
  if (settings.distinct) {
    visit(work.out()->dtype, [&](auto zero) {
      combine_distinct_kernel<decltype(zero)><<<blocks_for(pass.count), block_threads, 0, stream>>>(pass);
    });
    return check(cudaGetLastError(), "combine");
  }
  const Device device = work.device();
  const std::int64_t listed = pass.for_each_element ? pass.count : pass.picked;
  pass.none = pass.for_each_element ? work.out()->count : pass.size;
  const device::ScratchBuffer room(work.name, device, 4 * sizeof(std::int64_t) * static_cast<std::size_t>(listed));
  auto* keys = static_cast<std::int64_t*>(room.data());
  std::int64_t *numbers = keys + listed, *sorted_keys = keys + 2 * listed, *sorted_numbers = keys + 3 * listed;
  key_kernel<<<blocks_for(listed), block_threads, 0, stream>>>(pass, listed, pass.none, keys, numbers);
  check(cudaGetLastError(), "combine");
  const bool sorted = pass.picked > few;
  if (sorted) {
    const int bits = std::bit_width(static_cast<std::uint64_t>(pass.none));
    std::size_t bytes = 0;
    auto sort = [&](void* memory) {
      check(cub::DeviceRadixSort::SortPairs(memory, bytes, keys, sorted_keys, numbers, sorted_numbers, listed, 0, bits,
                                            stream),
            "DeviceRadixSort");
    };
    sort(nullptr);
    const device::ScratchBuffer space(work.name, device, bytes);
    sort(space.data());
  }
  pass.keys = sorted ? sorted_keys : keys;
  pass.numbers = sorted ? sorted_numbers : numbers;
  visit(work.out()->dtype, [&](auto zero) {
    using T = decltype(zero);
    auto* kernel = sorted ? combine_kernel<T, true> : combine_kernel<T, false>;
    kernel<<<blocks_for(pass.count), block_threads, 0, stream>>>(pass);
  });
  check(cudaGetLastError(), "combine");
}

void flatten_on_cuda(const Launch& work) {
  const auto& [dims, sizes] = work.as<Flattening>();
  const std::int64_t count = work.out()->count;
  if (count == 0) return;
  FlatPass pass{dims, elements<std::int64_t>(work.out())};
  for (int d = 0; d < dims; ++d) {
    pass.lists[d] = elements<std::int64_t>(work.in(d));
    pass.checks[d] = index_check(work, sizes[d], 0, -sizes[d]);
  }
  flatten_kernel<<<blocks_for(count), block_threads, 0, stream_of(work.device())>>>(pass, count);
  check(cudaGetLastError(), "flatten");
}

}  // namespace gradtape
