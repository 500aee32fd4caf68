// A block for each row looks k times for the first element behind the one that it found last. Of more than a few, and
// of a few long rows, all elements are sorted.
#include <gradtape/ops/index/topk.h>

#include <gradtape/cuda/stream.h>

namespace gradtape {
namespace {

template <class T> struct Place {
  T value;
  std::int64_t at;  // -1: none
};
template <class T> __device__ void take_first(Place<T>& mine, const Place<T>& other, Ranking<T> order) {
  if (other.at >= 0 && (mine.at < 0 || order.before(other.value, other.at, mine.value, mine.at))) mine = other;
}

template <class T> __global__ void topk_kernel(const T* x, T* values, std::int64_t* indices, std::int64_t columns,
                                               std::int64_t k, Ranking<T> order) {
  __shared__ Place<T> found[cuda::block_threads];
  const T* row = x + blockIdx.x * columns;
  Place<T> last{T(), -1};
  for (std::int64_t i = 0; i < k; ++i) {
    Place<T> mine{T(), -1};
    for (std::int64_t at = threadIdx.x; at < columns; at += blockDim.x)
      if (last.at < 0 || order.before(last.value, last.at, row[at], at)) take_first(mine, {row[at], at}, order);
    found[threadIdx.x] = mine;
    __syncthreads();
    for (int half = cuda::block_threads / 2; half > 0; half /= 2) {
      if (threadIdx.x < half) take_first(found[threadIdx.x], found[threadIdx.x + half], order);
      __syncthreads();
    }
    last = found[0];
    __syncthreads();
    if (threadIdx.x > 0) continue;
    values[blockIdx.x * k + i] = last.value;
    indices[blockIdx.x * k + i] = last.at;
  }
}

}  // namespace

void topk_on_cuda(const Launch& work) {
  constexpr std::int64_t few = 8, long_row = 16384, busy_rows = 64;
  const TensorData& x = *work.in(0);
  const int inner = x.shape.rank() - 1;
  const std::int64_t columns = x.shape[inner], k = work.out()->shape[inner], rows = x.count / columns;
  if (k > few || (columns > long_row && rows < busy_rows)) return order_rows_on_cuda(work);
  visit(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    topk_kernel<T><<<cuda::launch_blocks(rows), cuda::block_threads, 0, cuda::stream_of(work.device())>>>(
        elements<const T>(&x), elements<T>(work.out(0)), elements<std::int64_t>(work.out(1)), columns, k,
        Ranking<T>{work.as<RowOrder>().descending});
  });
  cuda::check(cudaGetLastError(), "topk");
}

}  // namespace gradtape
