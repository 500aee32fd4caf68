#include <gradtape/ops/index/indices.h>

#include <algorithm>
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
bool is_aligned(const void* data) { return reinterpret_cast<std::uintptr_t>(data) % 16 == 0; }
PickPass pass_of(const Launch& work, const Picking& lie) {
  return {lie, index_check(work, lie.size), elements<std::int64_t>(work.in(0)), work.in(1)->data, work.out()->data};
}

__device__ std::int64_t thread_number() { return std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x; }

// By 32 bits where they hold both: a division of 64 takes four times as long.
__device__ std::int64_t quotient(std::int64_t a, std::int64_t b) {
  return ((a | b) >> 32) == 0 ? std::uint32_t(a) / std::uint32_t(b) : a / b;
}

// Where element e of [outer, picked, inner] stands, and which index is its own.
struct Standing {
  std::int64_t o, j, k, position;
};
__device__ Standing standing_of(const Picking& lie, std::int64_t e) {
  const std::int64_t row = lie.inner == 1 ? e : quotient(e, lie.inner), o = quotient(row, lie.picked),
                     j = row - o * lie.picked;
  return {o, j, e - row * lie.inner, lie.for_each_element ? e : j};
}
// The place in [outer, size, inner] that belongs to an element, by its index.
__device__ std::int64_t place_of(const Picking& lie, const Standing& at, std::int64_t index) {
  return (at.o * lie.size + index) * lie.inner + at.k;
}

// Blocks of threads that stand in rows [picked] and columns [inner] of so many elements. A thread works on two columns,
// and goes through the outer dimensions, unless all multiprocessors would not have work.
struct Rows {
  dim3 blocks, threads;
};
Rows rows_of(const Picking& lie, std::int64_t columns) {
  constexpr std::int64_t enough = 1 << 18;  // threads
  const auto threads_for = [](std::int64_t work, unsigned most) {
    return std::bit_ceil(static_cast<unsigned>(std::min<std::int64_t>(work, most)));
  };
  const unsigned wide = threads_for((columns + 1) / 2, block_threads),
                 high = threads_for(lie.picked, block_threads / wide),
                 down = launch_blocks((lie.picked + high - 1) / high);
  const std::int64_t blocks = std::max<std::int64_t>(1, enough / (wide * high) / down),
                     across = std::min<std::int64_t>(blocks, (columns + wide - 1) / wide),
                     outer = std::min<std::int64_t>(lie.outer, blocks / across);
  constexpr std::int64_t most = 65535;
  return {dim3(down, static_cast<unsigned>(std::min(outer, most)), static_cast<unsigned>(std::min(across, most))),
          dim3(wide, high)};
}
__device__ std::int64_t row_number() { return std::int64_t(blockIdx.x) * blockDim.y + threadIdx.y; }
// Calls each(o, k) for the outer dimensions and the first of so many elements that are the thread's.
template <int of_each, class Each>
__device__ void each_column(const Picking& lie, Each each) {
  for (std::int64_t o = blockIdx.y; o < lie.outer; o += gridDim.y)
    for (std::int64_t k = (std::int64_t(blockIdx.z) * blockDim.x + threadIdx.x) * of_each; k < lie.inner;
         k += std::int64_t(gridDim.z) * blockDim.x * of_each)
      each(o, k);
}

template <class Bits>
__global__ void pick_kernel(PickPass pass, std::int64_t count) {
  const std::int64_t e = thread_number();
  if (e >= count) return;
  const Standing at = standing_of(pass, e);
  const std::int64_t index = pass.list[at.position];
  const bool good = is_good(pass.check, index, at.position);
  static_cast<Bits*>(pass.to)[e] = good ? static_cast<const Bits*>(pass.from)[place_of(pass, at, index)] : Bits();
}
template <class Bits>
__global__ void pick_rows_kernel(PickPass pass) {
  const std::int64_t j = row_number();
  if (j >= pass.picked) return;
  const std::int64_t index = pass.list[j];
  const bool good = is_good(pass.check, index, j);
  each_column<1>(pass, [&](std::int64_t o, std::int64_t k) {
    static_cast<Bits*>(pass.to)[(o * pass.picked + j) * pass.inner + k] =
        good ? static_cast<const Bits*>(pass.from)[(o * pass.size + index) * pass.inner + k] : Bits();
  });
}

struct CombinePass : PickPass {
  Combine how;
  bool from_zero;  // places that nothing was brought to hold 0
  bool alone;  // no two come to one place
  std::int64_t step;  // between elements that come
};

// Neighbours that are moved at once.
template <class T, int N>
struct alignas(N * sizeof(T)) Lot {
  T of[N];

  template <Combine how>
  __device__ void take(const Lot& comes) {
    for (int n = 0; n < N; ++n) of[n] = combined(how, of[n], comes.of[n]);
  }
  __device__ void take(Combine how, const Lot& comes) {
    switch (how) {
      case Combine::put:
        return take<Combine::put>(comes);
      case Combine::add:
        return take<Combine::add>(comes);
      case Combine::multiply:
        return take<Combine::multiply>(comes);
      case Combine::largest:
        return take<Combine::largest>(comes);
      case Combine::smallest:
        return take<Combine::smallest>(comes);
    }
  }
};

// Where elements come to places alone, or from short lists that can be looked through: the first thread of those for
// one place brings all of theirs, in the order in which they come.
template <class T>
__global__ void combine_few_kernel(CombinePass pass, std::int64_t count) {
  const std::int64_t e = thread_number();
  if (e >= count) return;
  const Standing at = standing_of(pass, e);
  const std::int64_t index = pass.list[at.position], beside = pass.for_each_element ? pass.inner : 1;
  if (!is_good(pass.check, index, at.position)) return;
  if (!pass.alone) {
    const std::int64_t* other = pass.list + at.position - at.j * beside;
#pragma unroll 4
    for (unsigned left = at.j; left > 0; --left, other += beside)
      if (*other == index) return;
  }
  T& there = static_cast<T*>(pass.to)[place_of(pass, at, index)];
  const T* comes = static_cast<const T*>(pass.from) + e * pass.step;
  T value = combined(pass.how, pass.from_zero ? T(0) : there, *comes);
  if (!pass.alone) {
    const std::int64_t* other = pass.list + at.position;
    const auto left = static_cast<unsigned>(pass.picked - at.j);
#pragma unroll 4
    for (unsigned i = 1; i < left; ++i) {
      other += beside;
      if (*other == index) value = combined(pass.how, value, comes[i * pass.inner * pass.step]);
    }
  }
  there = value;
}

// For each index its key: the part that it names, or the place, where there is an index for each element. A bad index
// gets `none`.
template <class Key>
__global__ void key_kernel(PickPass pass, std::int64_t count, Key none, Key* keys, Key* numbers) {
  const std::int64_t i = thread_number();
  if (i >= count) return;
  const std::int64_t index = pass.list[i];
  const bool good = is_good(pass.check, index, i);
  const std::int64_t key = pass.for_each_element ? place_of(pass, standing_of(pass, i), index) : index;
  keys[i] = good ? static_cast<Key>(key) : none;
  numbers[i] = static_cast<Key>(i);
}
// Sorted by key, those of one key in their order.
template <class Key>
struct Sorted {
  const Key *keys, *numbers;
  Key count, none;
  // Is it the first of its key, and names it a place?
  __device__ bool leads(Key i, Key key) const { return key != none && (i == 0 || keys[i - 1] != key); }
  // Calls each(number) for all of this key, of which i is the first.
  template <class Each>
  __device__ void each_of(Key i, Key key, Each each) const {
    do each(numbers[i]);
    while (++i < count && keys[i] == key);
  }
};

template <class T, class Key>
__global__ void combine_sorted_kernel(CombinePass pass, Sorted<Key> sorted) {
  const auto i = static_cast<Key>(thread_number());
  if (i >= sorted.count) return;
  const Key key = sorted.keys[i];
  if (!sorted.leads(i, key)) return;
  T& there = static_cast<T*>(pass.to)[key];
  T value = pass.from_zero ? T(0) : there;
  sorted.each_of(i, key, [&](std::int64_t number) {
    value = combined(pass.how, value, static_cast<const T*>(pass.from)[number * pass.step]);
  });
  there = value;
}
template <class T, int N, class Key>
__global__ void combine_rows_kernel(CombinePass pass, Sorted<Key> sorted) {
  const auto j = static_cast<Key>(row_number());
  if (j >= sorted.count) return;
  const Key key = sorted.keys[j];
  if (!sorted.leads(j, key)) return;
  each_column<N>(pass, [&](std::int64_t o, std::int64_t k) {
    auto* there = reinterpret_cast<Lot<T, N>*>(static_cast<T*>(pass.to) + (o * pass.size + key) * pass.inner + k);
    const T* comes = static_cast<const T*>(pass.from) + (o * pass.picked * pass.inner + k) * pass.step;
    const std::int64_t row = pass.inner * pass.step;
    Lot<T, N> value = pass.from_zero ? Lot<T, N>() : *there;
    sorted.each_of(j, key, [&](std::int64_t number) {
      value.take(pass.how, *reinterpret_cast<const Lot<T, N>*>(comes + number * row));
    });
    *there = value;
  });
}

template <class Key>
void combine_by_key(const Launch& work, const CombinePass& pass, std::int64_t listed, std::int64_t none) {
  const cudaStream_t stream = stream_of(work.device());
  const device::ScratchBuffer room(work.name, work.device(), 4 * sizeof(Key) * static_cast<std::size_t>(listed));
  auto* first = static_cast<Key*>(room.data());
  cub::DoubleBuffer<Key> keys(first, first + listed), numbers(first + 2 * listed, first + 3 * listed);
  key_kernel<<<blocks_for(listed), block_threads, 0, stream>>>(pass, listed, static_cast<Key>(none), keys.Current(),
                                                               numbers.Current());
  check(cudaGetLastError(), "combine");
  std::size_t bytes = 0;
  auto sort = [&](void* memory) {
    check(cub::DeviceRadixSort::SortPairs(memory, bytes, keys, numbers, static_cast<Key>(listed), 0,
                                          std::bit_width(static_cast<std::uint64_t>(none)), stream),
          "DeviceRadixSort");
  };
  sort(nullptr);
  const device::ScratchBuffer space(work.name, work.device(), bytes);
  sort(space.data());
  const Sorted<Key> sorted{keys.Current(), numbers.Current(), static_cast<Key>(listed), static_cast<Key>(none)};
  visit(work.out()->dtype, [&](auto zero) {
    using T = decltype(zero);
    constexpr int wide = Wide<T>::count;
    if (pass.for_each_element) {
      combine_sorted_kernel<T><<<blocks_for(listed), block_threads, 0, stream>>>(pass, sorted);
    } else if (pass.step == 1 && pass.inner % wide == 0 && is_aligned(pass.from) && is_aligned(pass.to)) {
      const auto [blocks, threads] = rows_of(pass, pass.inner / wide);
      combine_rows_kernel<T, wide><<<blocks, threads, 0, stream>>>(pass, sorted);
    } else {
      const auto [blocks, threads] = rows_of(pass, pass.inner);
      combine_rows_kernel<T, 1><<<blocks, threads, 0, stream>>>(pass, sorted);
    }
  });
  check(cudaGetLastError(), "combine");
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
  PickPass pass = pass_of(work, work.as<Picking>());
  const std::int64_t count = pass.count();
  if (count == 0) return;
  std::size_t size = size_of(work.out()->dtype);
  if (!pass.for_each_element && is_aligned(pass.from) && is_aligned(pass.to))
    for (; size < 16 && pass.inner % 2 == 0; size *= 2) pass.inner /= 2;  // neighbours are moved as one
  auto run = [&](auto bits) {
    using Bits = decltype(bits);
    const cudaStream_t stream = stream_of(work.device());
    if (pass.for_each_element) return pick_kernel<Bits><<<blocks_for(count), block_threads, 0, stream>>>(pass, count);
    const auto [blocks, threads] = rows_of(pass, pass.inner);
    pick_rows_kernel<Bits><<<blocks, threads, 0, stream>>>(pass);
  };
  if (size == 1) run(std::uint8_t());
  else if (size == 2) run(std::uint16_t());
  else if (size == 4) run(std::uint32_t());
  else if (size == 8) run(std::uint64_t());
  else run(uint4());
  check(cudaGetLastError(), "pick");
}

void combine_on_cuda(const Launch& work) {
  constexpr std::int64_t few = 64;  // indices that a thread may look through
  const auto& settings = work.as<Combining>();
  const TensorData* begin = work.in(2);
  if (begin == nullptr) device::fill(*work.out(), 0);
  else if (begin->data != work.out()->data) device::copy_elements(*begin, *work.out());
  const bool alone = settings.distinct || settings.picked == 1;
  const CombinePass pass{pass_of(work, settings), settings.how, begin == nullptr, alone, !settings.one_number};
  const std::int64_t count = settings.count();
  if (count == 0) return;
  if (alone || (pass.for_each_element && pass.picked <= few)) {
    visit(work.out()->dtype, [&](auto zero) {
      combine_few_kernel<decltype(zero)>
          <<<blocks_for(count), block_threads, 0, stream_of(work.device())>>>(pass, count);
    });
    return check(cudaGetLastError(), "combine");
  }
  const std::int64_t listed = pass.for_each_element ? count : pass.picked,
                     none = pass.for_each_element ? work.out()->count : pass.size;
  std::max(listed, none) < std::int64_t(1) << 31 ? combine_by_key<std::uint32_t>(work, pass, listed, none)
                                                 : combine_by_key<std::uint64_t>(work, pass, listed, none);
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
