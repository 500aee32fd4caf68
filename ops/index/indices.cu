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
PickPass pass_of(const Launch& work) {
  const auto& lie = work.as<Picking>();
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

template <class Bits>
__global__ void place_kernel(PickPass pass, std::int64_t count) {
  const std::int64_t e = thread_number();
  if (e >= count) return;
  const std::int64_t position = position_of(pass, e), index = pass.list[position];
  if (!is_good(pass.check, index, position)) return;
  static_cast<Bits*>(pass.to)[place_of(pass, e, index)] = static_cast<const Bits*>(pass.from)[e];
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

__device__ std::int64_t first_not_below(const std::int64_t* keys, std::int64_t count, std::int64_t key) {
  std::int64_t first = 0;
  while (count > 0) {
    const std::int64_t half = count / 2;
    if (keys[first + half] < key) first += half + 1, count -= half + 1;
    else count = half;
  }
  return first;
}

// The sum of what goes to one place, in the order in which it came: that of the sorted keys, which were sorted stably,
// or of all.
template <class T, bool Sorted>
__global__ void add_kernel(PickPass pass, std::int64_t places, std::int64_t keys_count, const std::int64_t* keys,
                           const std::int64_t* numbers) {
  const std::int64_t place = thread_number();
  if (place >= places) return;
  const std::int64_t k = place % pass.inner, t = place / pass.inner % pass.size, o = place / pass.inner / pass.size;
  const std::int64_t key = pass.for_each_element ? place : t;
  const T* from = static_cast<const T*>(pass.from);
  T sum{};
  auto add = [&](std::int64_t e) { sum = static_cast<T>(sum + from[e]); };
  auto element = [&](std::int64_t j) { return (o * pass.picked + j) * pass.inner + k; };
  if constexpr (Sorted) {
    for (std::int64_t i = first_not_below(keys, keys_count, key); i < keys_count && keys[i] == key; ++i)
      add(pass.for_each_element ? numbers[i] : element(numbers[i]));
  } else {
    for (std::int64_t j = 0; j < pass.picked; ++j)
      if (keys[pass.for_each_element ? element(j) : j] == key) add(element(j));
  }
  static_cast<T*>(pass.to)[place] = sum;
}

}  // namespace

void pick_on_cuda(const Launch& work) {
  const PickPass pass = pass_of(work);
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

// Zeros, and each element in its place.
void place_on_cuda(const Launch& work, const PickPass& pass) {
  const std::size_t size = size_of(work.out()->dtype);
  const cudaStream_t stream = stream_of(work.device());
  check(cudaMemsetAsync(pass.to, 0, size * static_cast<std::size_t>(work.out()->count), stream), "cudaMemsetAsync");
  const std::int64_t count = pass.count();
  if (count == 0) return;
  auto* kernel = size == 1   ? place_kernel<std::uint8_t>
                 : size == 2 ? place_kernel<std::uint16_t>
                 : size == 4 ? place_kernel<std::uint32_t>
                             : place_kernel<std::uint64_t>;
  kernel<<<blocks_for(count), block_threads, 0, stream>>>(pass, count);
  check(cudaGetLastError(), "place");
}

void add_picked_on_cuda(const Launch& work) {
  constexpr std::int64_t few = 64;  // indices that each place may look through
  const PickPass pass = pass_of(work);
  if (pass.distinct) return place_on_cuda(work, pass);
  const Device device = work.device();
  const std::int64_t places = work.out()->count, count = pass.for_each_element ? pass.count() : pass.picked;
  const std::int64_t none = pass.for_each_element ? places : pass.size;
  const cudaStream_t stream = stream_of(device);
  const device::ScratchBuffer room(work.name, device, 4 * sizeof(std::int64_t) * static_cast<std::size_t>(count));
  auto* keys = static_cast<std::int64_t*>(room.data());
  std::int64_t *numbers = keys + count, *sorted_keys = keys + 2 * count, *sorted_numbers = keys + 3 * count;
  if (count > 0) key_kernel<<<blocks_for(count), block_threads, 0, stream>>>(pass, count, none, keys, numbers);
  check(cudaGetLastError(), "add");
  const bool sorted = pass.picked > few;
  if (sorted && count > 0) {
    const int bits = std::bit_width(static_cast<std::uint64_t>(none));
    std::size_t bytes = 0;
    auto sort = [&](void* memory) {
      check(cub::DeviceRadixSort::SortPairs(memory, bytes, keys, sorted_keys, numbers, sorted_numbers, count, 0, bits,
                                            stream),
            "DeviceRadixSort");
    };
    sort(nullptr);
    const device::ScratchBuffer space(work.name, device, bytes);
    sort(space.data());
  }
  if (places == 0) return;
  visit(work.out()->dtype, [&](auto zero) {
    using T = decltype(zero);
    if (sorted)
      add_kernel<T, true>
          <<<blocks_for(places), block_threads, 0, stream>>>(pass, places, count, sorted_keys, sorted_numbers);
    else add_kernel<T, false><<<blocks_for(places), block_threads, 0, stream>>>(pass, places, count, keys, numbers);
  });
  check(cudaGetLastError(), "add");
}

}  // namespace gradtape
