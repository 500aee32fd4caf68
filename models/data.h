// Data sets: examples with their labels, split, shuffled and served in batches.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <gradtape/autograd/random.h>
#include <gradtape/autograd/tensor.h>

namespace gradtape {

struct Dataset {
  Tensor inputs;  // [size, …]
  Tensor labels;  // [size, …]
  std::int64_t size() const { return inputs.shape()[0]; }
};

struct Split {
  Dataset train, test;
};

struct SplitOptions {
  double test_fraction = 0.2;
  std::int64_t test_size = 0;  // wins over the fraction when not 0
  std::uint64_t seed = 0;
  bool stratified = true;  // where labels are integers [size], each class keeps its share, rounded up or down at random
};
// Examples dealt at random to train and test, each as likely as any other; the same for the same seed. Throws
// ValueError when one of the two would be empty.
Split train_test_split(const Dataset& data, SplitOptions options = {}, Location at = Location::current());

// 1797 real handwritten digits (data/LICENCE-optdigits.md): inputs uint8 [1797, 8, 8] from 0 to 16, labels int64
// [1797].
Dataset digits(Location at = Location::current());

struct BatchOptions {
  std::int64_t size = 64;
  bool shuffle = false;
  std::optional<std::uint64_t> seed = {};  // of the order; without one, each loop has another, by the default generator
  bool drop_last = false;  // leaves out a last batch that is not full
  std::optional<Device> device = {};  // where batches are brought
  std::int64_t prefetch = 0;  // so many of a loop's next batches are on their way there while the device works
};

// The batches of one epoch: `for (const auto& [inputs, labels] : batches(data, {.size = 64, .shuffle = true}))`.
class Batches {
  struct Ahead;

 public:
  using Batch = std::pair<Tensor, Tensor>;
  class Iterator {
   public:
    Iterator(const Batches& of, std::int64_t at, Tensor order);
    Batch operator*() const { return of_->served(order_, at_, *ahead_); }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const Batches* of_;
    std::int64_t at_;
    Tensor order_;
    std::shared_ptr<Ahead> ahead_;
  };

  Batches(Dataset data, BatchOptions options, Location at);
  Iterator begin() const;
  Iterator end() const;
  std::int64_t size() const;  // how many batches there are
  // Views when not shuffled; else by the order that was drawn when this was made. Throws IndexError.
  Batch batch(std::int64_t number, Location at = Location::current()) const;

 private:
  Tensor new_order() const;
  Batch picked(const Tensor& order, std::int64_t number) const;
  Batch served(const Tensor& order, std::int64_t number, Ahead& ahead) const;

  Dataset data_;
  BatchOptions options_;
  Tensor order_;  // int64 [size], where the inputs are, when shuffled
};

// Throws ValueError for an empty data set, a batch size below 1 or a prefetch without a device, ShapeError when inputs
// and labels differ in size.
inline Batches batches(Dataset data, BatchOptions options = {}, Location at = Location::current()) {
  return {std::move(data), options, at};
}

}  // namespace gradtape
