// What random words become. The CPU and devices read the same text, so their numbers have the same bits.
#pragma once

#include <gradtape/autograd/launch.h>
#include <gradtape/ops/math.h>

namespace gradtape {

// How many bits a uniform number has. With more than its type keeps, one just below 1 would round to 1.
constexpr int uniform_bits(DType type) { return facts_of(type).digits; }
// 0 ≤ u < 1, a multiple of 2⁻ᵇⁱᵗˢ: the first bits of a word.
GT_FN double uniform_number(std::uint64_t word, int bits) {
  return static_cast<double>(word >> (64 - bits)) * bits_as<double>(std::uint64_t(1023 - bits) << 52);
}

struct NormalPair {
  double first, second;
};
// Box and Muller's pair of two uniform numbers, with our own log and sine, so that every machine has the same.
GT_FN NormalPair normal_pair(double u, double v) {
  using Real = Pack<double>;
  const Real radius = sqrt(Real(-2.0) * log(Real(1 - u))), angle(6.283185307179586 * v);
  return {(radius * cos(angle)).v, (radius * sin(angle)).v};
}

enum class Distribution : std::uint8_t { uniform, normal };

// The numbers that the CPU makes of the same words. Writes them and the generator's place, which is on the CPU.
void draw_fractions_on_cuda(const Launch& work);

}  // namespace gradtape
