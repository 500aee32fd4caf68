// All rows are sorted as one list, and the list by its rows: both ways digit by digit, which keeps the order of equals.
#include <gradtape/ops/index/order_rows.h>

#include <algorithm>
#include <bit>

#include <cub/device/device_radix_sort.cuh>

#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
#include <gradtape/cuda/stream.h>
#include <gradtape/ops/index/ordered_bits.h>

namespace gradtape {
namespace {

using namespace cuda;
using Place = std::uint32_t;  // of an element in the list

__device__ std::int64_t thread_number() { return std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x; }

template <class T>
__global__ void key_kernel(const T* x, std::int64_t count, OrderedBits<T> flip, OrderedBits<T>* keys, Place* places) {
  const std::int64_t e = thread_number();
  if (e >= count) return;
  keys[e] = ordered_bits(x[e]) ^ flip;
  places[e] = static_cast<Place>(e);
}

__global__ void row_kernel(const Place* places, std::int64_t count, Place columns, Place* rows) {
  const std::int64_t e = thread_number();
  if (e < count) rows[e] = places[e] / columns;
}

// The first `wanted` of each row.
template <class Bits>
__global__ void write_kernel(const Bits* x, const Place* places, std::int64_t count, std::int64_t wanted,
                             std::int64_t columns, Bits* values, std::int64_t* indices) {
  const std::int64_t e = thread_number();
  if (e >= count) return;
  const std::int64_t row = e / wanted, place = places[row * columns + e % wanted];
  values[e] = x[place];
  indices[e] = place - row * columns;
}

template <class Key>
void sort_pairs(const Launch& work, cub::DoubleBuffer<Key>& keys, cub::DoubleBuffer<Place>& places, std::int64_t count,
                int bits) {
  std::size_t bytes = 0;
  auto sort = [&](void* memory) {
    check(cub::DeviceRadixSort::SortPairs(memory, bytes, keys, places, static_cast<Place>(count), 0, bits,
                                          stream_of(work.device())),
          "DeviceRadixSort");
  };
  sort(nullptr);
  const device::ScratchBuffer space(work.name, work.device(), bytes);
  sort(space.data());
}

// Some whole rows, in dense memory.
struct Part {
  std::int64_t rows, columns, wanted;
  const void* x;
  void* values;
  std::int64_t* indices;
  std::int64_t count() const { return rows * columns; }
};

void write(const Part& part, std::size_t size, const Place* places, cudaStream_t stream) {
  auto write_as = [&](auto bits) {
    using Bits = decltype(bits);
    const std::int64_t count = part.rows * part.wanted;
    write_kernel<<<blocks_for(count), block_threads, 0, stream>>>(static_cast<const Bits*>(part.x), places, count,
                                                                  part.wanted, part.columns,
                                                                  static_cast<Bits*>(part.values), part.indices);
  };
  if (size == 1) write_as(std::uint8_t());
  else if (size == 2) write_as(std::uint16_t());
  else if (size == 4) write_as(std::uint32_t());
  else write_as(std::uint64_t());
}

// The room: twice the keys, and twice the places behind them.
template <class T>
void order_part(const Launch& work, const Part& part, void* room) {
  using Key = OrderedBits<T>;
  constexpr int key_bits = std::is_unsigned_v<T> ? std::numeric_limits<T>::digits : 8 * sizeof(Key);
  const std::int64_t count = part.count();
  const cudaStream_t stream = stream_of(work.device());
  auto* first_key = static_cast<Key*>(room);
  auto* first_place = reinterpret_cast<Place*>(first_key + 2 * count);
  cub::DoubleBuffer<Key> keys(first_key, first_key + count);
  cub::DoubleBuffer<Place> places(first_place, first_place + count);
  key_kernel<<<blocks_for(count), block_threads, 0, stream>>>(static_cast<const T*>(part.x), count,
                                                              Key(work.as<RowOrder>().descending ? -1 : 0),
                                                              keys.Current(), places.Current());
  sort_pairs(work, keys, places, count, key_bits);
  if (part.rows > 1) {
    auto* first_row = static_cast<Place*>(room);  // the keys have done their work
    cub::DoubleBuffer<Place> rows(first_row, first_row + count);
    row_kernel<<<blocks_for(count), block_threads, 0, stream>>>(places.Current(), count,
                                                                static_cast<Place>(part.columns), rows.Current());
    sort_pairs(work, rows, places, count, std::bit_width(static_cast<std::uint64_t>(part.rows - 1)));
  }
  write(part, sizeof(T), places.Current(), stream);
  check(cudaGetLastError(), work.name);
}

}  // namespace

void order_rows_on_cuda(const Launch& work) {
  constexpr std::int64_t most = std::int64_t(1) << 31;  // elements of a part: their places are short
  const TensorData& x = *work.in(0);
  const int inner = x.shape.rank() - 1;
  const std::int64_t columns = x.shape[inner], wanted = work.out()->shape[inner], rows = x.count / columns;
  if (columns > most)
    fail<ShapeError>({}, work.name, "a row on a device is too long to be sorted", {{"rows", tensor_of(&x)}},
                     "It has at most 2147483648 elements.");
  const std::int64_t rows_at_once = std::min(rows, most / columns);
  visit(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    const device::ScratchBuffer room(
        work.name, work.device(),
        2 * (sizeof(OrderedBits<T>) + sizeof(Place)) * static_cast<std::size_t>(rows_at_once * columns));
    for (std::int64_t row = 0; row < rows; row += rows_at_once)
      order_part<T>(work,
                    {std::min(rows_at_once, rows - row), columns, wanted, elements<T>(&x) + row * columns,
                     elements<T>(work.out(0)) + row * wanted, elements<std::int64_t>(work.out(1)) + row * wanted},
                    room.data());
  });
}

}  // namespace gradtape
