#include <gradtape/autograd/random.h>

namespace gradtape {

std::uint64_t Generator::next() {
  const auto words = Philox::block(seed_, stream_, drawn_ / 2);
  const unsigned at = drawn_++ % 2 * 2;
  return std::uint64_t(words[at + 1]) << 32 | words[at];
}

double Generator::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

// Lemire, "Fast random integer generation in an interval", 2019: the rare products that would favour some numbers are drawn again.
std::uint64_t Generator::below(std::uint64_t limit) {
  using Wide = unsigned __int128;
  Wide product = Wide(next()) * limit;
  if (static_cast<std::uint64_t>(product) < limit) {
    const std::uint64_t unfair = -limit % limit;
    while (static_cast<std::uint64_t>(product) < unfair) product = Wide(next()) * limit;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

}  // namespace gradtape
