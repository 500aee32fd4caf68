// Elements copied on a device: between layouts and types.
#include <limits>

#include <gradtape/cuda/copy.h>
#include <gradtape/cuda/stream.h>

namespace gradtape::cuda {
namespace {

// As on the CPU: NaN becomes 0, and what is beyond the type its limit.
template <class To, class From>
__device__ To convert(From value, To low, To high) {
  if constexpr (std::is_same_v<To, bool>) return value != From(0);
  else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (value != value) return To(0);
    if (static_cast<double>(value) <= static_cast<double>(low)) return low;
    if (static_cast<double>(value) >= static_cast<double>(high)) return high;
    return static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

template <class To, class From, class Index>
__global__ void copy_kernel(To* to, const From* from, Walk<2> walk, std::int64_t count, To low, To high) {
  const std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= count) return;
  Index at[2];
  walk.places(static_cast<Index>(i), at);
  to[at[0]] = convert<To, From>(from[at[1]], low, high);
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
          static_cast<To*>(pass.to), static_cast<const From*>(pass.from), pass.walk, pass.count, std::numeric_limits<To>::lowest(), std::numeric_limits<To>::max());
    });
  });
  check(cudaGetLastError(), "copy");
}

void launch_fill(const FillPass& pass) {
  visit(pass.type, [&](auto t) {
    using To = decltype(t);
    fill_kernel<To><<<blocks_for(pass.count), block_threads, 0, stream_of(pass.device)>>>(static_cast<To*>(pass.to), pass.walk, pass.count, *static_cast<const To*>(pass.number));
  });
  check(cudaGetLastError(), "fill");
}

}  // namespace gradtape::cuda
