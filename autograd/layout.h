// How elements lie in memory, with neighbouring dimensions merged, and copies between layouts and dense memory.
#pragma once

#include <gradtape/autograd/number.h>
#include <gradtape/autograd/tensor_data.h>

namespace gradtape {

// Sizes and strides (in elements) of a walk in row-major order. Rank 0 for one element.
struct Layout {
  Shape sizes;
  Strides strides;

  Layout() = default;
  // A tensor's own layout, or as it is seen when broadcast to a shape.
  explicit Layout(const TensorData& tensor);
  Layout(const TensorData& tensor, const Shape& broadcast_to);
  bool dense() const { return sizes.rank() == 0 || (sizes.rank() == 1 && strides[0] == 1); }

 private:
  void append(std::int64_t size, std::int64_t stride);
};

// The neighbours along the last dimension that begin with an element of a walk: where it lies, their stride, how many.
struct ElementRun {
  std::int64_t offset, stride, count;
};
ElementRun run_at(const Layout& layout, std::int64_t element);

// The strides of a tensor that is broadcast to a shape: 0 where it repeats.
Strides strides_in(const Shape& shape, const TensorData& tensor);
// Does each element lie in a place of its own?
bool has_own_places(const TensorData& tensor);

// Copies elements [first, first + count) of the row-major walk over `data` to dense memory, converted.
void gather(const void* data, DType type, const Layout& layout, std::int64_t first, std::int64_t count, void* to,
            DType to_type);

// Writes a number as an element of the type; what is beyond the type becomes its limit.
void write_number(Number number, DType type, void* to);

// All elements of one body into another of the same shape, converted.
void copy_elements(const TensorData& from, const TensorData& to);

}  // namespace gradtape
