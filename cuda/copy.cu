// Elements copied on a device: between layouts and types.
#include <cstring>

#include <gradtape/cuda/copy.h>
#include <gradtape/cuda/half.h>
#include <gradtape/cuda/stream.h>
#include <gradtape/ops/bits.h>

namespace gradtape::cuda {
namespace {

template <class T, int N>
struct alignas(N * sizeof(T)) Together {
  T of[N];
};

// So many of a pass's elements are moved several at once, the others one by one.
template <int N>
struct Part {
  Places<N> places;
  std::uint32_t count, together;

  Part(const Places<N>& where, bool moves_together, int at_once)
      : places(where),
        count(where.count()),
        together(moves_together ? count - count % static_cast<std::uint32_t>(at_once) : 0) {}
  unsigned blocks(int at_once) const {
    return blocks_for(together ? (std::int64_t(count) + at_once - 1) / at_once : count);
  }
};

// convert(), where a device knows a shorter way.
template <class To, class From>
__device__ To converted(From value) {
  if constexpr (is_half_type<From> && !std::is_same_v<To, From>) return converted<To>(number_in(value));
  else if constexpr (is_half_type<To>) return rounded_to<To>(static_cast<float>(value));
  else return convert<To>(value);
}

// 128 bits of the larger ones.
template <class To, class From>
constexpr int moved_at_once = 16 / (sizeof(To) > sizeof(From) ? sizeof(To) : sizeof(From));

template <class To, class From>
__global__ void copy_kernel(void* to_data, const void* from_data, Part<2> part, bool repeated) {
  constexpr int n = moved_at_once<To, From>;
  To* const to = static_cast<To*>(to_data);
  const From* const from = static_cast<const From*>(from_data);
  const std::uint32_t thread = blockIdx.x * block_threads + threadIdx.x;
  std::int32_t at[2];
  if (thread * n < part.together) {
    part.places.find(thread * n, at);
    Together<From, n> in;
    Together<To, n> out;
    if (repeated)
      for (int l = 0; l < n; ++l) in.of[l] = from[at[1]];
    else in = *reinterpret_cast<const Together<From, n>*>(from + at[1]);
    for (int l = 0; l < n; ++l) out.of[l] = converted<To>(in.of[l]);
    *reinterpret_cast<Together<To, n>*>(to + at[0]) = out;
  }
  const std::uint32_t i = part.together + thread;
  if (i >= part.count) return;
  part.places.find(i, at);
  to[at[0]] = converted<To>(from[at[1]]);
}

struct Copy {
  void (*kernel)(void* to, const void* from, Part<2> part, bool repeated);
  int at_once;
};
template <class To, class From>
constexpr Copy copy_of{copy_kernel<To, From>, moved_at_once<To, From>};

// Elements of one type are bits.
Copy copy_between(DType to, DType from) {
  if (to == from) return visit_bits(to, [](auto bits) { return copy_of<decltype(bits), decltype(bits)>; });
  return visit(to, [&](auto t) {
    return visit(from, [](auto f) -> Copy {
      if constexpr (std::is_same_v<decltype(t), decltype(f)>) return {};
      else return copy_of<decltype(t), decltype(f)>;
    });
  });
}

// Through shared memory, whose rows are one element longer than read, so that a column's elements lie in different
// banks.
constexpr int tile_threads = 8;  // a thread moves tile / tile_threads elements each way

template <class Bits>
__global__ void transpose_kernel(Bits* to, const Bits* from, Places<4> tiles, std::int64_t rows, std::int64_t columns,
                                 std::int64_t row_step, std::int64_t column_step) {
  __shared__ Bits held[tile][tile + 1];
  std::int32_t at[4];
  tiles.find(blockIdx.x, at);
  to += at[0];
  from += at[1];
  rows -= at[2];  // from the tile's first on
  columns -= at[3];
  for (int i = threadIdx.y; i < tile; i += tile_threads)
    if (threadIdx.x < rows && i < columns) held[i][threadIdx.x] = from[threadIdx.x + i * column_step];
  __syncthreads();
  for (int i = threadIdx.y; i < tile; i += tile_threads)
    if (i < rows && threadIdx.x < columns) to[i * row_step + threadIdx.x] = held[threadIdx.x][i];
}

template <class Bits>
__global__ void fill_kernel(void* to_data, Part<1> part, Bits value) {
  constexpr int n = 16 / sizeof(Bits);
  Bits* const to = static_cast<Bits*>(to_data);
  const std::uint32_t thread = blockIdx.x * block_threads + threadIdx.x;
  std::int32_t at[1];
  if (thread * n < part.together) {
    part.places.find(thread * n, at);
    Together<Bits, n> out;
    for (int l = 0; l < n; ++l) out.of[l] = value;
    *reinterpret_cast<Together<Bits, n>*>(to + at[0]) = out;
  }
  const std::uint32_t i = part.together + thread;
  if (i >= part.count) return;
  part.places.find(i, at);
  to[at[0]] = value;
}

bool all_equal(const unsigned char* bytes, std::size_t count) { return std::memcmp(bytes, bytes + 1, count - 1) == 0; }

}  // namespace

void launch_copy(const CopyPass& pass) {
  const Copy copy = copy_between(pass.to_type, pass.from_type);
  const std::size_t to_bytes = size_of(pass.to_type), from_bytes = size_of(pass.from_type);
  pass.index.each_part([&](const Places<2>& places, std::int64_t, const std::int64_t(&at)[2]) {
    char* const to = static_cast<char*>(pass.to) + at[0] * std::int64_t(to_bytes);
    const char* const from = static_cast<const char*>(pass.from) + at[1] * std::int64_t(from_bytes);
    const int n = copy.at_once;
    const bool repeated = places.rows_hold(n) && places.repeated(1);
    const Part<2> part(places,
                       places.rows_hold(n) && places.side_by_side(0, n, to, to_bytes) &&
                           (repeated || places.side_by_side(1, n, from, from_bytes)),
                       n);
    copy.kernel<<<part.blocks(n), block_threads, 0, stream_of(pass.device)>>>(to, from, part, repeated);
  });
  check(cudaGetLastError(), "copy");
}

void launch_transpose(const TransposePass& pass) {
  visit_bits(pass.type, [&](auto bits) {
    using Bits = decltype(bits);
    pass.tiles.each_part([&](const Places<4>& tiles, std::int64_t, const std::int64_t(&at)[4]) {
      transpose_kernel<<<tiles.count(), dim3(tile, tile_threads), 0, stream_of(pass.device)>>>(
          static_cast<Bits*>(pass.to) + at[0], static_cast<const Bits*>(pass.from) + at[1], tiles, pass.rows - at[2],
          pass.columns - at[3], pass.row_step, pass.column_step);
    });
  });
  check(cudaGetLastError(), "transpose");
}

void launch_fill(const FillPass& pass) {
  const std::size_t bytes = size_of(pass.type);
  const auto* number = static_cast<const unsigned char*>(pass.number);
  if (pass.index.dense(0) && all_equal(number, bytes))
    return check(cudaMemsetAsync(pass.to, *number, std::size_t(pass.index.count()) * bytes, stream_of(pass.device)),
                 "cudaMemsetAsync");
  visit_bits(pass.type, [&](auto bits) {
    std::memcpy(&bits, number, sizeof(bits));
    pass.index.each_part([&](const Places<1>& places, std::int64_t, const std::int64_t(&at)[1]) {
      constexpr int n = 16 / sizeof(bits);
      auto* const to = static_cast<decltype(bits)*>(pass.to) + at[0];
      const Part<1> part(places, places.rows_hold(n) && places.side_by_side(0, n, to, sizeof(bits)), n);
      fill_kernel<<<part.blocks(n), block_threads, 0, stream_of(pass.device)>>>(to, part, bits);
    });
  });
  check(cudaGetLastError(), "fill");
}

}  // namespace gradtape::cuda
