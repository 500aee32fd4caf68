// Elements copied from where a map of each dimension says, in one pass over memory: flip, roll, repeat, pad.
#pragma once

#include <gradtape/ops/free.h>

namespace gradtape {

// What goes on to both sides of a dimension's elements a b c d: a number; their mirror image, … c b | a b c d | c b …;
// the first and the last; or all of them again, … c d | a b c d | a b ….
enum class PadMode : std::uint8_t { constant, reflect, replicate, circular };

// A dimension of x as it goes on: the result has `to` elements of it, of which the one at `before` is x's first. Where
// that is negative, the result begins inside x.
struct DimMap {
  PadMode mode;
  std::int64_t before, from, to;
};
struct IndexMap {
  int rank;
  DimMap dims[max_rank];
};

struct Remap {
  static constexpr auto name = "remap";
  static constexpr bool takes_directions = true;
  IndexMap map;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// The adjoint: elements added at the places that they would be copied from.
struct RemapBackward {
  static constexpr auto name = "remap_backward";
  static constexpr bool takes_directions = true;
  IndexMap map;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// All copy: elements have no negative strides. Types stay what they are.

// In reverse order along some dimensions, each named once (IndexError).
Tensor flip(const Tensor& x, const Dims& dims, Location at = Location::current());
// Along dimension 1, which a list lacks (IndexError), and along dimension 0.
inline Tensor fliplr(const Tensor& x, Location at = Location::current()) { return flip(x, {1}, at); }
inline Tensor flipud(const Tensor& x, Location at = Location::current()) { return flip(x, {0}, at); }
// Turned k times by a right angle, from the first dimension of two towards the second. Throws IndexError unless they
// are two.
Tensor rot90(const Tensor& x, int k = 1, const Dims& dims = {0, 1}, Location at = Location::current());

// Moved by `shift` places along a dimension; what leaves at the end comes in at the front. Without a dimension, of all
// elements in their order.
Tensor roll(const Tensor& x, std::int64_t shift, int dim, Location at = Location::current());
Tensor roll(const Tensor& x, std::int64_t shift, Location at = Location::current());
// By shifts[i] along dims[i]. Throws ShapeError unless there are as many.
Tensor roll(const Tensor& x, const Dims& shifts, const Dims& dims, Location at = Location::current());

// All of x counts[d] times along each dimension. With more counts than dimensions, x has new ones in front; with fewer,
// repeat throws ShapeError, and tile takes the counts for the last dimensions. Throw ValueError for counts below 0.
Tensor repeat(const Tensor& x, const Dims& counts, Location at = Location::current());
Tensor tile(const Tensor& x, const Dims& counts, Location at = Location::current());

struct PadOptions {
  PadMode mode = PadMode::constant;
  Number value = 0;  // of mode constant
};
// With elements put before and behind the last dimension, then the one in front of it, and so on: {before, behind,
// before, behind, …}; negative counts crop. A mirror image has at most the size less 1 elements on each side, elements
// come again at most once. Throws ShapeError.
Tensor pad(const Tensor& x, std::span<const std::int64_t> counts, PadOptions options = {},
           Location at = Location::current());
inline Tensor pad(const Tensor& x, std::initializer_list<std::int64_t> counts, PadOptions options = {},
                  Location at = Location::current()) {
  return pad(x, std::span(counts.begin(), counts.size()), options, at);
}

// For the kernels.

// How both tensors are walked through together, with neighbouring dimensions merged; at least one is left.
struct MappedDim : DimMap {
  std::int64_t from_stride, to_stride;
};
struct RemapPass {
  int rank = 0;
  MappedDim dims[max_rank];

  RemapPass(const IndexMap& map, const TensorData& from, const TensorData& to);
};

// A stretch of a dimension of the result that reads x evenly: from element `first` on, in steps of `step`. first = -1:
// it lies outside, and reads nothing.
template <class Index> struct Run {
  Index first, step, count;
};
template <class Index> GT_FN Index wrapped(Index i, Index size) {
  if (i >= 0 && i < size) return i;
  const Index rest = i % size;
  return rest < 0 ? rest + size : rest;
}
// What begins at element i of the result; it may reach beyond the result's end.
template <class Index> GT_FN Run<Index> run_at(const DimMap& map, Index i) {
  const Index size = static_cast<Index>(map.from), last = size - 1, place = i - static_cast<Index>(map.before);
  if (map.mode == PadMode::reflect) {
    const Index turned = wrapped(place, 2 * last);
    if (turned < last) return {turned, 1, last - turned};
    return {2 * last - turned, -1, size + last - turned};
  }
  if (map.mode == PadMode::circular) {
    const Index again = wrapped(place, size);
    return {again, 1, size - again};
  }
  if (place >= 0 && place < size) return {place, 1, size - place};
  const Index beyond = place < 0 ? -place : static_cast<Index>(map.to) - i;
  if (map.mode == PadMode::constant) return {-1, 0, beyond};
  return {place < 0 ? 0 : last, 0, beyond};
}

struct RemapSettings {
  IndexMap map;
  Number outside;
};
void remap_on_cuda(const Launch& work);
void remap_backward_on_cuda(const Launch& work);

}  // namespace gradtape
