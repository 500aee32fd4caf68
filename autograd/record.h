// A record: one computed op on the tape, and what its backward needs. Plain data in an arena.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

class Backward;

// What the engine knows of an op. One constant for each op.
struct OpInfo {
  const char* name;
  void (*backward)(Backward& ctx);
  bool takes_directions = false;  // backward passes on many at once; see Backward::lead()
  bool pointwise = false;  // an element of the output depends on that of an input alone, where they look alike
  std::uint32_t constant_outputs = 0;  // bit i: no gradient comes for output i, though its type be floating
};

inline constexpr std::uint32_t no_record = ~std::uint32_t(0);

// A tensor that backward will read, as it was when it was kept.
struct Kept {
  TensorData* tensor;
  std::uint32_t version;
};

// Before it lie the sizes of its output, from two dimensions on, and the numbers of the inputs' records; behind it kept
// tensors and attributes. What one walk notes of it, marks and gradients, is the walk's own: walks may run inside each
// other.
//
// Note: several outputs. Each has a record of its own behind that of the op, with its shape, its type and so its slot
// for a gradient; its one input is the op's record. To what reads it, it is a record as any. The walk comes to the
// outputs first: their gradients wait in their slots until it comes to the op, whose backward sees them together.
struct Record {
  Location at;
  const OpInfo* op;
  std::uint16_t attribute_bytes = 0;  // a multiple of 8
  std::uint8_t input_count = 0;
  std::uint8_t kept_count = 0;
  std::uint8_t kept_mask = 0;  // the op's own note on what it kept
  std::uint8_t special = 0;  // what sets it apart, of the bits below
  DType dtype;  // of the output, and so of its gradient
  std::uint8_t rank;
  std::int64_t count;  // of its elements, or of its outputs, where they have records of their own
  Device device;

  static constexpr std::uint8_t spent = 1;  // walked, and what it kept let go
  static constexpr std::uint8_t several = 2;  // of an op with several outputs, whose records follow
  static constexpr std::uint8_t output = 4;  // one of those
  static constexpr std::uint8_t detached = 8;  // somebody asked for its output as a constant

  bool is_leaf() const { return input_count == 0; }
  bool is_output() const { return special & output; }
  // The number of input i's record.
  std::uint32_t& input(int i) { return reinterpret_cast<std::uint32_t*>(this)[-1 - i]; }
  std::uint32_t input(int i) const { return reinterpret_cast<const std::uint32_t*>(this)[-1 - i]; }
  // What the inputs' numbers take.
  static std::size_t bytes_of_inputs(unsigned count) { return (count * sizeof(std::uint32_t) + 7) & ~std::size_t(7); }
  const std::int64_t* sizes() const {
    return reinterpret_cast<const std::int64_t*>(reinterpret_cast<const char*>(this) - bytes_of_inputs(input_count)) -
           rank;
  }
  Shape shape() const { return rank == 1 ? Shape{count} : Shape(std::span(sizes(), rank)); }
  // Does this look like the output? Its gradient must.
  bool looks_like(const TensorData* x) const {
    return x->dtype == dtype && x->count == count && x->shape.rank() == rank && x->storage->device == device &&
           !x->weak_type && (rank < 2 || std::memcmp(x->shape.begin(), sizes(), rank * sizeof(std::int64_t)) == 0);
  }
  Kept* kept() { return reinterpret_cast<Kept*>(this + 1); }
  const Kept* kept() const { return reinterpret_cast<const Kept*>(this + 1); }
  void* attributes() { return kept() + kept_count; }
  const void* attributes() const { return kept() + kept_count; }
};

}  // namespace gradtape
