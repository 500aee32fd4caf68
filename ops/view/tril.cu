#include <gradtape/ops/view/tril.h>

#include <gradtape/cuda/stream.h>
#include <gradtape/ops/bits.h>

namespace gradtape {
namespace {

template <class Bits> __global__ void keep_band_kernel(Bits* to, const Bits* from, std::int64_t count,
                                                       std::int64_t rows, std::int64_t columns, Band band) {
  const std::int64_t e = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (e >= count) return;
  const std::int64_t ahead = e % columns - e / columns % rows;
  to[e] = ahead >= band.lowest && ahead <= band.highest ? from[e] : Bits(0);
}

}  // namespace

void keep_band_on_cuda(const Launch& work) {
  const TensorData& y = *work.out();
  const int rank = y.shape.rank();
  visit_bits(y.dtype, [&](auto zero) {
    using Bits = decltype(zero);
    keep_band_kernel<<<cuda::blocks_for(y.count), cuda::block_threads, 0, cuda::stream_of(work.device())>>>(
        elements<Bits>(&y), elements<const Bits>(work.in(0)), y.count, y.shape[rank - 2], y.shape[rank - 1],
        work.as<Band>());
  });
  cuda::check(cudaGetLastError(), "keep_band");
}

}  // namespace gradtape
