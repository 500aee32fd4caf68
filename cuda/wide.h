// As many elements as 128 bits hold, moved at once. For .cu files.
#pragma once

namespace gradtape::cuda {

template <class S>
struct alignas(16) Wide {
  static constexpr int count = 16 / sizeof(S);
  S of[count];
};

}  // namespace gradtape::cuda
