// Random numbers that depend on a key and a count alone: the same on every machine, device and thread count.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011): four words for
// each counter.
struct Philox {
  static constexpr std::array<std::uint32_t, 4> block(std::uint64_t seed, std::uint64_t stream, std::uint64_t counter) {
    std::array<std::uint32_t, 4> x{low(counter), high(counter), low(stream), high(stream)};
    std::uint32_t key0 = low(seed), key1 = high(seed);
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t a = std::uint64_t(0xD2511F53) * x[0], b = std::uint64_t(0xCD9E8D57) * x[2];
      x = {high(b) ^ x[1] ^ key0, low(b), high(a) ^ x[3] ^ key1, low(a)};
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    return x;
  }
  // The word of this number in a stream of 64-bit words, two to a block, from its block.
  static constexpr std::uint64_t word(const std::array<std::uint32_t, 4>& block, std::uint64_t number) {
    return number % 2 ? std::uint64_t(block[3]) << 32 | block[2] : std::uint64_t(block[1]) << 32 | block[0];
  }

 private:
  static constexpr std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
  static constexpr std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }
};

// A place in a stream of random numbers. Copies go on from the same place. What is drawn, made or assigned in a
// captured step is so at each replay.
class Generator {
 public:
  struct Place {
    std::uint64_t seed, stream, drawn;

    std::uint64_t next();
    double uniform();
    std::uint64_t below(std::uint64_t limit);
  };

  constexpr explicit Generator(std::uint64_t seed = 0, std::uint64_t stream = 0) : first_{seed, stream, 0} {
    if (!std::is_constant_evaluated()) start();
  }
  Generator(const Generator& other);
  Generator& operator=(const Generator& other);

  std::uint64_t next() { return here().next(); }  // all 64-bit numbers are as likely
  double uniform() { return here().uniform(); }  // 0 ≤ u < 1, a multiple of 2⁻⁵³
  std::uint64_t below(std::uint64_t limit) { return here().below(limit); }  // 0 ≤ i < limit, without bias; limit > 0

  // Goes on as if so many numbers had been drawn by next(), and says where they are: for who computes them elsewhere.
  Place skip(std::uint64_t numbers);

  // The place, an int64 [3] on the CPU, which kernels read and write by way of Drawing.
  const Tensor& place() const;

 private:
  void start();
  void go_to(const Tensor& place);
  Place& here() { return *reinterpret_cast<Place*>(place().tensor_data()->data); }
  Place now() const;

  Place first_;  // until there is a tensor
  mutable Tensor place_;
};

// The one that is used where none is given. Any thread may draw from it.
Generator& shared_generator();

// A place that is drawn from: while this lives no other thread draws from it, should it be the shared generator's.
class Drawing {
 public:
  explicit Drawing(const TensorData* place);
  ~Drawing();
  Drawing(const Drawing&) = delete;
  Drawing& operator=(const Drawing&) = delete;

  Generator::Place& operator*() const { return *place_; }
  Generator::Place* operator->() const { return place_; }

 private:
  Generator::Place* place_;
  bool shared_;
};

}  // namespace gradtape
