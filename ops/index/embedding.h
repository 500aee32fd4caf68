// Rows of a table looked up by number, and what bags of them make together.
#pragma once

#include <optional>

#include <gradtape/ops/free.h>

namespace gradtape {

struct Embedding {
  static constexpr auto name = "embedding";
  static constexpr bool takes_directions = true;
  std::int64_t rows;
  bool padded;  // then a number beyond all rows stands for the one without a gradient

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// The rows of weight [rows, features] that integers [shape…] name: [shape…, features]. No gradient flows to the row
// `padding_idx`, which may count from the end. Throws IndexError naming the first index out of range.
Tensor embedding(const Tensor& indices, const Tensor& weight, std::optional<std::int64_t> padding_idx = {},
                 Location at = Location::current());

enum class EmbeddingBagMode : std::uint8_t { sum, mean, max };
struct EmbeddingBagOptions {
  EmbeddingBagMode mode = EmbeddingBagMode::mean;
  Tensor per_sample_weights = {};  // like the indices, for sums
  bool include_last_offset = false;  // the last offset is the count of all and begins no bag
};
// The sum, mean or largest of the rows in each bag: [bags, features], 0 for an empty one. indices [bags, in each], or
// [count] with `offsets` [bags], where each bag begins: the first at 0, none before the one in front of it. Equals
// share the gradient of the largest. Throws as embedding() does, and ShapeError.
Tensor embedding_bag(const Tensor& indices, const Tensor& weight, const Tensor& offsets = {},
                     EmbeddingBagOptions options = {}, Location at = Location::current());

// Writes for each of [count] elements the bag that it is in, reads where [bags] begin. The settings are `count`.
void bags_on_cuda(const Launch& work);

}  // namespace gradtape
