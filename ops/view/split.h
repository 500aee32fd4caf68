// A tensor cut into parts along a dimension, as views: one op with as many outputs, whose gradients come back together.
#pragma once

#include <vector>

#include <gradtape/ops/free.h>

namespace gradtape {

struct SplitParts {
  static constexpr auto name = "split";
  static constexpr bool takes_directions = true;
  int dim;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// The same without the dimension, of which each part has one.
struct Unbind {
  static constexpr auto name = "unbind";
  static constexpr bool takes_directions = true;
  int dim;

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// Parts of `size` along a dimension, the last of what is left. Throws ValueError unless size > 0.
std::vector<Tensor> split(const Tensor& x, std::int64_t size, int dim = 0, Location at = Location::current());
// Parts of these sizes. Throws ShapeError unless they are the whole together.
std::vector<Tensor> split(const Tensor& x, std::span<const std::int64_t> sizes, int dim = 0,
                          Location at = Location::current());
inline std::vector<Tensor> split(const Tensor& x, std::initializer_list<std::int64_t> sizes, int dim = 0,
                                 Location at = Location::current()) {
  return split(x, std::span(sizes.begin(), sizes.size()), dim, at);
}
inline std::vector<Tensor> split_with_sizes(const Tensor& x, std::span<const std::int64_t> sizes, int dim = 0,
                                            Location at = Location::current()) {
  return split(x, sizes, dim, at);
}
inline std::vector<Tensor> split_with_sizes(const Tensor& x, std::initializer_list<std::int64_t> sizes, int dim = 0,
                                            Location at = Location::current()) {
  return split(x, sizes, dim, at);
}
// At most so many parts, all but the last of one size, ⌈length / chunks⌉; of a length of 0, so many of nothing. Throws
// ValueError unless chunks > 0.
std::vector<Tensor> chunk(const Tensor& x, std::int64_t chunks, int dim = 0, Location at = Location::current());
// Exactly so many parts, of which the first are longer by one where they cannot be equal. Throws ValueError unless
// parts > 0.
std::vector<Tensor> tensor_split(const Tensor& x, std::int64_t parts, int dim = 0, Location at = Location::current());
// Cut before each of these places: slices up to the first, from there to the second, and so on; see gt::slice.
std::vector<Tensor> tensor_split(const Tensor& x, std::span<const std::int64_t> places, int dim = 0,
                                 Location at = Location::current());
inline std::vector<Tensor> tensor_split(const Tensor& x, std::initializer_list<std::int64_t> places, int dim = 0,
                                        Location at = Location::current()) {
  return tensor_split(x, std::span(places.begin(), places.size()), dim, at);
}
// The same along dimension 1, or 0 of a list, and along dimension 0 of what has two: side by side, below one another.
// Throws ShapeError unless all of `parts` parts are equal.
std::vector<Tensor> hsplit(const Tensor& x, std::int64_t parts, Location at = Location::current());
std::vector<Tensor> hsplit(const Tensor& x, std::span<const std::int64_t> places, Location at = Location::current());
inline std::vector<Tensor> hsplit(const Tensor& x, std::initializer_list<std::int64_t> places,
                                  Location at = Location::current()) {
  return hsplit(x, std::span(places.begin(), places.size()), at);
}
std::vector<Tensor> vsplit(const Tensor& x, std::int64_t parts, Location at = Location::current());
std::vector<Tensor> vsplit(const Tensor& x, std::span<const std::int64_t> places, Location at = Location::current());
inline std::vector<Tensor> vsplit(const Tensor& x, std::initializer_list<std::int64_t> places,
                                  Location at = Location::current()) {
  return vsplit(x, std::span(places.begin(), places.size()), at);
}
// One part for each place along a dimension, without that dimension.
std::vector<Tensor> unbind(const Tensor& x, int dim = 0, Location at = Location::current());

}  // namespace gradtape
