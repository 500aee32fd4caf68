// Elements copied on a device: between layouts and types.
#include <gradtape/cuda/copy.h>
#include <gradtape/cuda/stream.h>

namespace gradtape::cuda {
namespace {

template <class To, class From, class Index>
__global__ void copy_kernel(To* to, const From* from, Walk<2> walk, std::int64_t count) {
  const std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= count) return;
  Index at[2];
  walk.places(static_cast<Index>(i), at);
  to[at[0]] = convert<To>(from[at[1]]);
}

// By square tiles through shared memory, whose rows are one element longer than read, so that a column's elements lie
// in different banks.
constexpr int tile = 32, tile_threads = 8;  // a thread moves tile / tile_threads elements each way

template <class Bits>
__global__ void transpose_kernel(TransposePass pass, std::int64_t tiles_down, std::int64_t tiles_across) {
  __shared__ Bits held[tile][tile + 1];
  const std::int64_t block = blockIdx.x, across = block % tiles_across, down = block / tiles_across % tiles_down;
  std::uint64_t at[2];
  pass.outside.places(static_cast<std::uint64_t>(block / tiles_across / tiles_down), at);
  Bits* to = static_cast<Bits*>(pass.to) + at[0];
  const Bits* from = static_cast<const Bits*>(pass.from) + at[1];
  const std::int64_t row = down * tile, column = across * tile;
  for (int i = threadIdx.y; i < tile; i += tile_threads)
    if (row + threadIdx.x < pass.rows && column + i < pass.columns)
      held[i][threadIdx.x] = from[row + threadIdx.x + (column + i) * pass.column_step];
  __syncthreads();
  for (int i = threadIdx.y; i < tile; i += tile_threads)
    if (row + i < pass.rows && column + threadIdx.x < pass.columns)
      to[(row + i) * pass.row_step + column + threadIdx.x] = held[threadIdx.x][i];
}

template <class To>
__global__ void fill_kernel(To* to, Walk<1> walk, std::int64_t count, To value) {
  const std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= count) return;
  std::uint64_t at[1];
  walk.places(static_cast<std::uint64_t>(i), at);
  to[at[0]] = value;
}

}  // namespace

void launch_copy(const CopyPass& pass) {
  visit(pass.to_type, [&](auto t) {
    visit(pass.from_type, [&](auto f) {
      using To = decltype(t);
      using From = decltype(f);
      const bool narrow = pass.walk.fits_32_bits();
      auto* kernel = narrow ? copy_kernel<To, From, std::uint32_t> : copy_kernel<To, From, std::uint64_t>;
      kernel<<<blocks_for(pass.count), block_threads, 0, stream_of(pass.device)>>>(
          static_cast<To*>(pass.to), static_cast<const From*>(pass.from), pass.walk, pass.count);
    });
  });
  check(cudaGetLastError(), "copy");
}

void launch_transpose(const TransposePass& pass) {
  const std::int64_t down = (pass.rows + tile - 1) / tile, across = (pass.columns + tile - 1) / tile;
  const unsigned blocks = launch_blocks(pass.count_outside * down * across);
  const std::size_t size = size_of(pass.type);
  auto* kernel = size == 1   ? transpose_kernel<std::uint8_t>
                 : size == 2 ? transpose_kernel<std::uint16_t>
                 : size == 4 ? transpose_kernel<std::uint32_t>
                             : transpose_kernel<std::uint64_t>;
  kernel<<<blocks, dim3(tile, tile_threads), 0, stream_of(pass.device)>>>(pass, down, across);
  check(cudaGetLastError(), "transpose");
}

void launch_fill(const FillPass& pass) {
  visit(pass.type, [&](auto t) {
    using To = decltype(t);
    const To number = *static_cast<const To*>(pass.number);
    fill_kernel<To><<<blocks_for(pass.count), block_threads, 0, stream_of(pass.device)>>>(
        static_cast<To*>(pass.to), pass.walk, pass.count, number);
  });
  check(cudaGetLastError(), "fill");
}

}  // namespace gradtape::cuda
