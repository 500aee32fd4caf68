#include <gradtape/ops/view/remap.h>

#include <gradtape/autograd/layout.h>
#include <gradtape/cuda/stream.h>
#include <gradtape/ops/bits.h>

namespace gradtape {
namespace {

using namespace cuda;

template <class Index> __device__ Index thread_number() {
  return static_cast<Index>(std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x);
}

// Element i of the result from its place in x.
template <class Bits, class Index>
__global__ void remap_kernel(Bits* y, const Bits* x, RemapPass pass, Index count, Bits outside) {
  Index left = thread_number<Index>(), from = 0;
  if (left >= count) return;
  Bits* to = y + left;
  bool inside = true;
  for (int d = pass.rank - 1; d >= 0; --d) {
    const MappedDim& dim = pass.dims[d];
    const Index size = static_cast<Index>(dim.to), place = run_at(dim, left % size).first;
    left /= size;
    inside &= place >= 0;
    from += place * static_cast<Index>(dim.from_stride);
  }
  *to = inside ? x[from] : outside;
}

// The elements of a dimension of the result that read element j of x, in order: first, second, first + period,
// second + period, …; without a second, where it is -1.
template <class Index> struct Readers {
  Index first, second, period, count;
  __device__ Index operator[](Index k) const {
    if (second < 0) return first + k * period;
    return (k % 2 ? second : first) + k / 2 * period;
  }
};
template <class Index> __device__ Index places_from(Index first, Index period, Index size) {
  return first < size ? (size - 1 - first) / period + 1 : 0;
}
template <class Index> __device__ Readers<Index> readers_of(const DimMap& map, Index j) {
  const Index size = static_cast<Index>(map.from), last = size - 1, before = static_cast<Index>(map.before),
              to = static_cast<Index>(map.to);
  if (map.mode == PadMode::circular) {
    const Index first = wrapped(j + before, size);
    return {first, -1, size, places_from(first, size, to)};
  }
  if (map.mode == PadMode::reflect) {
    const Index period = 2 * last, up = wrapped(j + before, period), down = wrapped(before - j, period);
    if (up == down) return {up, -1, period, places_from(up, period, to)};
    const Index first = up < down ? up : down, second = up < down ? down : up;
    return {first, second, period, places_from(first, period, to) + places_from(second, period, to)};
  }
  const bool replicate = map.mode == PadMode::replicate;
  Index first = replicate && j == 0 ? 0 : j + before, end = replicate && j == last ? to : j + before + 1;
  first = first > 0 ? first : 0;
  end = end < to ? end : to;
  return {first, -1, 1, end > first ? end - first : 0};
}

// The sum of all elements of the gradient that belong to element j of x, in their order.
template <class T, class Index>
__global__ void add_kernel(T* dx, const T* gradient, RemapPass pass, Index count) {
  Index left = thread_number<Index>(), terms = 1;
  if (left >= count) return;
  T* to = dx + left;
  Readers<Index> readers[max_rank];
  for (int d = pass.rank - 1; d >= 0; --d) {
    const MappedDim& dim = pass.dims[d];
    const Index size = static_cast<Index>(dim.from);
    readers[d] = readers_of(dim, left % size);
    left /= size;
    terms *= readers[d].count;
  }
  T sum{};
  for (Index term = 0; term < terms; ++term) {
    Index rest = term, from = 0;
    for (int d = pass.rank - 1; d >= 0; --d) {
      from += readers[d][rest % readers[d].count] * static_cast<Index>(pass.dims[d].to_stride);
      rest /= readers[d].count;
    }
    sum += gradient[from];
  }
  *to = sum;
}

// May all places be reckoned in 32 bits?
bool fits_32_bits(const RemapPass& pass) {
  constexpr std::int64_t most = std::int64_t(1) << 31, most_of_one = most / 2 / max_rank;
  std::int64_t count = 1;
  for (int d = 0; d < pass.rank; ++d) {
    const MappedDim& dim = pass.dims[d];
    count = product_of(count, dim.from > dim.to ? dim.from : dim.to);
    for (const std::int64_t reach :
         {product_of(dim.from, dim.from_stride), product_of(dim.to, dim.to_stride), dim.before, -dim.before})
      if (reach >= most_of_one) return false;
  }
  return count < most;
}
template <class F> void visit_index(const RemapPass& pass, F f) {
  if (fits_32_bits(pass)) f(std::int32_t{});
  else f(std::int64_t{});
}

}  // namespace

void remap_on_cuda(const Launch& work) {
  const auto& settings = work.as<RemapSettings>();
  const TensorData &y = *work.out(), &x = *work.in(0);
  const RemapPass pass(settings.map, x, y);
  visit_bits(y.dtype, [&](auto zero) {
    using Bits = decltype(zero);
    Bits outside;
    write_number(settings.outside, y.dtype, &outside);
    visit_index(pass, [&](auto index) {
      remap_kernel<<<blocks_for(y.count), block_threads, 0, stream_of(work.device())>>>(
          elements<Bits>(&y), elements<const Bits>(&x), pass, static_cast<decltype(index)>(y.count), outside);
    });
  });
  check(cudaGetLastError(), "remap");
}

void remap_backward_on_cuda(const Launch& work) {
  const TensorData &dx = *work.out(), &gradient = *work.in(0);
  const RemapPass pass(work.as<IndexMap>(), dx, gradient);
  auto add = [&](auto zero) {
    using T = decltype(zero);
    visit_index(pass, [&](auto index) {
      add_kernel<<<blocks_for(dx.count), block_threads, 0, stream_of(work.device())>>>(
          elements<T>(&dx), elements<const T>(&gradient), pass, static_cast<decltype(index)>(dx.count));
    });
  };
  if (dx.dtype == DType::float32) add(float{});
  else add(double{});
  check(cudaGetLastError(), "remap_backward");
}

}  // namespace gradtape
