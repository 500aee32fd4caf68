#include <gradtape/models/data.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/upload.h>
#include <gradtape/models/idx.h>
#include <gradtape/ops.h>
#include <gradtape/ops/random.h>

namespace gradtape {

// The embedded files, made by the build from data/.
extern const std::span<const std::uint8_t> optdigits_images, optdigits_labels;

namespace {

void require_pairs(const char* op, const Dataset& data, Location at) {
  if (!data.inputs.defined() || !data.labels.defined() || data.inputs.dim() == 0 || data.labels.dim() == 0 ||
      data.inputs.shape()[0] != data.labels.shape()[0])
    fail<ShapeError>(at, op, "there is a label for each input", {{"inputs", data.inputs}, {"labels", data.labels}});
  if (data.size() == 0) fail<ValueError>(at, op, "the data set is empty", {{"inputs", data.inputs}});
}

Dataset picked(const Dataset& data, const std::vector<std::int64_t>& rows) {
  const Tensor indices = tensor(rows, {static_cast<std::int64_t>(rows.size())});
  return {index_select(data.inputs, 0, indices.to(data.inputs.device())),
          index_select(data.labels, 0, indices.to(data.labels.device()))};
}

// How many of each class go to the test set: its exact share, rounded up or down so that they add up and every example
// is as likely. That is systematic sampling: the classes lie one after the other, in random order, and marks at equal
// distances, with a random start, are counted.
std::vector<std::int64_t> shares(const std::vector<std::int64_t>& sizes, std::int64_t total, std::int64_t wanted,
                                 Generator& generator) {
  using Wide = unsigned __int128;
  const Wide start = generator.below(static_cast<std::uint64_t>(total));
  std::vector<std::int64_t> share(sizes.size());
  std::int64_t passed = 0, marks = 0;
  for (const std::int64_t c : randperm(static_cast<std::int64_t>(sizes.size()), generator).to_vector<std::int64_t>()) {
    passed += sizes[static_cast<std::size_t>(c)];
    const auto now = static_cast<std::int64_t>((Wide(passed) * Wide(wanted) + start) / Wide(total));
    share[static_cast<std::size_t>(c)] = now - marks;
    marks = now;
  }
  return share;
}

}  // namespace

Split train_test_split(const Dataset& data, SplitOptions options, Location at) {
  Call call(at);
  require_pairs("train_test_split", data, at);
  const std::int64_t size = data.size();
  if (options.test_size == 0 && !(options.test_fraction > 0 && options.test_fraction < 1))
    fail<ValueError>(at, "train_test_split",
                     fmt::format("test_fraction is a share between 0 and 1, not {}", options.test_fraction));
  const std::int64_t test_size =
      options.test_size ? options.test_size : std::llround(options.test_fraction * static_cast<double>(size));
  if (test_size < 1 || test_size >= size)
    fail<ValueError>(at, "train_test_split",
                     fmt::format("{} of {} examples for the test set leaves one of the two empty", test_size, size));
  Generator generator(options.seed);
  const auto order = randperm(size, generator).to_vector<std::int64_t>();

  // Class by class in random order; without classes, all are of one.
  std::map<std::int64_t, std::vector<std::int64_t>> classes;
  const std::vector<std::int64_t> labels =
      options.stratified && data.labels.dim() == 1 && !is_floating(data.labels.dtype())
          ? data.labels.to_vector<std::int64_t>()
          : std::vector<std::int64_t>(static_cast<std::size_t>(size));
  for (const std::int64_t row : order) classes[labels[static_cast<std::size_t>(row)]].push_back(row);
  std::vector<std::int64_t> sizes;
  for (const auto& [label, rows] : classes) sizes.push_back(static_cast<std::int64_t>(rows.size()));
  const auto share = shares(sizes, size, test_size, generator);
  std::vector<std::int64_t> train, test;
  std::size_t number = 0;
  for (const auto& [label, rows] : classes) {
    const auto cut = rows.begin() + share[number++];
    test.insert(test.end(), rows.begin(), cut);
    train.insert(train.end(), cut, rows.end());
  }
  std::sort(train.begin(), train.end());
  std::sort(test.begin(), test.end());
  return {picked(data, train), picked(data, test)};
}

Dataset digits(Location at) {
  Call call(at);
  return {parse_idx(optdigits_images, "the embedded digits"),
          parse_idx(optdigits_labels, "the embedded labels").to(DType::int64)};
}

Batches::Batches(Dataset data, BatchOptions options, Location at) : data_(std::move(data)), options_(options) {
  Call call(at);
  require_pairs("batches", data_, at);
  if (options.size < 1) fail<ValueError>(at, "batches", fmt::format("batches of {} examples cannot be", options.size));
  if (options.prefetch < 0 || (options.prefetch > 0 && !options.device))
    fail<ValueError>(at, "batches", fmt::format("{} batches are to be fetched ahead", options.prefetch), {},
                     "That is for a device: {.device = gt::Device::cuda(), .prefetch = 2}.");
  if (options.shuffle) order_ = new_order();
}
Tensor Batches::new_order() const {
  Generator own(options_.seed.value_or(0));
  return (options_.seed ? randperm(data_.size(), own) : randperm(data_.size())).to(data_.inputs.device());
}
// Batches on their way to a device, from a number on.
struct Batches::Ahead {
  std::int64_t first = 0;
  std::deque<std::pair<Upload, Upload>> coming = {};
};
Batches::Iterator::Iterator(const Batches& of, std::int64_t at, Tensor order)
    : of_(&of), at_(at), order_(std::move(order)), ahead_(std::make_shared<Ahead>()) {}
Batches::Iterator Batches::begin() const {
  return {*this, 0, options_.shuffle && !options_.seed ? new_order() : order_};
}
Batches::Iterator Batches::end() const { return {*this, size(), {}}; }
std::int64_t Batches::size() const {
  const std::int64_t full = data_.size() / options_.size, rest = data_.size() % options_.size;
  return full + (rest != 0 && !options_.drop_last);
}
Batches::Batch Batches::batch(std::int64_t number, Location at) const {
  Call call(at);
  if (number < 0 || number >= size()) fail<IndexError>(at, "batch", fmt::format("batch {} of {}", number, size()));
  const Batch batch = picked(order_, number);
  if (!options_.device) return batch;
  return {batch.first.detach().to(*options_.device), batch.second.detach().to(*options_.device)};
}
Batches::Batch Batches::picked(const Tensor& order, std::int64_t number) const {
  const std::int64_t first = number * options_.size, count = std::min(options_.size, data_.size() - first);
  if (!options_.shuffle) return {narrow(data_.inputs, 0, first, count), narrow(data_.labels, 0, first, count)};
  const Tensor rows = narrow(order, 0, first, count);
  return {index_select(data_.inputs, 0, rows), index_select(data_.labels, 0, rows.to(data_.labels.device()))};
}
Batches::Batch Batches::served(const Tensor& order, std::int64_t number, Ahead& ahead) const {
  if (!options_.device) return picked(order, number);
  for (; !ahead.coming.empty() && ahead.first != number; ++ahead.first) ahead.coming.pop_front();
  ahead.first = number;
  const std::int64_t last = std::min(number + options_.prefetch, size() - 1);
  for (auto next = number + static_cast<std::int64_t>(ahead.coming.size()); next <= last; ++next) {
    const auto [inputs, labels] = picked(order, next);
    ahead.coming.emplace_back(Upload(inputs, *options_.device), Upload(labels, *options_.device));
  }
  auto& [inputs, labels] = ahead.coming.front();
  return {inputs.tensor(), labels.tensor()};
}

}  // namespace gradtape
