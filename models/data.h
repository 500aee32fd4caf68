// Data sets: examples with their labels, split, shuffled and served in batches.
#pragma once

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
  bool stratified = true;      // each class keeps its share; labels are then integers [size]
};
// Examples dealt at random to train and test; the same for the same seed. Throws ValueError when one of the two would be empty.
Split train_test_split(const Dataset& data, SplitOptions options = {}, Location where = Location::current());

// 1797 real handwritten digits (data/LICENCE-optdigits.md): inputs uint8 [1797, 8, 8] from 0 to 16, labels int64 [1797].
Dataset digits(Location where = Location::current());

struct BatchOptions {
  std::int64_t size = 64;
  bool shuffle = false;
  std::uint64_t seed = 0;
  bool drop_last = false;  // leaves out a last batch that is not full
};

// The batches of one epoch: `for (const auto& [inputs, labels] : batches(data, {.size = 64, .shuffle = true, .seed = epoch}))`.
class Batches {
 public:
  using Batch = std::pair<Tensor, Tensor>;
  class Iterator {
   public:
    Iterator(const Batches& of, std::int64_t at) : of_(&of), at_(at) {}
    Batch operator*() const { return of_->batch(at_); }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const Batches* of_;
    std::int64_t at_;
  };

  Batches(Dataset data, BatchOptions options, Location where);
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }
  std::int64_t size() const;                 // how many batches there are
  // Views when not shuffled. Throws IndexError.
  Batch batch(std::int64_t number, Location where = Location::current()) const;

 private:
  Dataset data_;
  BatchOptions options_;
  Tensor order_;  // int64 [size], where the inputs are, when shuffled
};

// Throws ValueError for an empty data set or a batch size below 1, ShapeError when inputs and labels differ in size.
inline Batches batches(Dataset data, BatchOptions options = {}, Location where = Location::current()) {
  return {std::move(data), options, where};
}

}  // namespace gradtape
