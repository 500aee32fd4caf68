#include <gradtape/autograd/random.h>

namespace gradtape {

std::uint64_t Generator::next() {
  const auto [seed, stream, number] = skip(1);
  return Philox::word(Philox::block(seed, stream, number / 2), number);
}

double Generator::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

// Lemire, "Fast random integer generation in an interval", 2019: the rare products that would favour some numbers are
// drawn again.
std::uint64_t Generator::below(std::uint64_t limit) {
  using Wide = unsigned __int128;
  Wide product = Wide(next()) * limit;
  if (static_cast<std::uint64_t>(product) < limit) {
    const std::uint64_t unfair = -limit % limit;
    while (static_cast<std::uint64_t>(product) < unfair) product = Wide(next()) * limit;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

Generator::Place Generator::skip(std::uint64_t numbers) {
  const Place before = place_;
  place_.drawn += numbers;
  return before;
}

std::weak_ptr<const void> Generator::Life::of_this() {
  if (!token_) token_ = std::make_shared<char>();
  return token_;
}

}  // namespace gradtape
