// A record: one computed op on the tape, and what its backward needs. Plain data in an arena.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

class Backward;

// What the engine knows of an op. One constant for each op.
struct OpRow {
  const char* name;
  void (*backward)(Backward& walk);
};

inline constexpr std::uint32_t no_record = ~std::uint32_t(0);

// A tensor that backward will read, as it was when it was kept.
struct Kept {
  Body* body;
  std::uint32_t version;
};

// Behind it lie: kept tensors, attributes, the numbers of the inputs' records.
struct Record {
  const OpRow* op;
  Location where;
  std::uint16_t attribute_bytes = 0;  // a multiple of 8
  std::uint8_t input_count = 0;
  std::uint8_t kept_count = 0;
  std::uint8_t kept_mask = 0;         // the op's own note on what it kept
  bool spent = false;                 // walked, and what it kept let go
  bool needed = false;                // on the way to a wanted gradient
  std::uint32_t wanted;               // which of grad()'s answers this is, or no_record
  Body* gradient = nullptr;           // the slot that backward fills

  bool is_leaf() const { return input_count == 0; }
  Kept* kept() { return reinterpret_cast<Kept*>(this + 1); }
  const Kept* kept() const { return reinterpret_cast<const Kept*>(this + 1); }
  void* attributes() { return kept() + kept_count; }
  const void* attributes() const { return kept() + kept_count; }
  std::uint32_t* inputs() {
    return reinterpret_cast<std::uint32_t*>(static_cast<char*>(attributes()) + attribute_bytes);
  }
  const std::uint32_t* inputs() const { return const_cast<Record*>(this)->inputs(); }
};

}  // namespace gradtape
