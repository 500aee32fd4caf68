// Which launches go together, part by part. Internal.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include <gradtape/autograd/launch.h>

namespace gradtape {

// How a launch reaches one of its tensors.
struct Reached {
  const Storage* storage;
  const void* data;  // null: all of it at any time; else of this tensor, a part reaches its own part
  bool written;
  bool at_first;     // all of it, in the first part only
  bool operator==(const Reached&) const = default;
};
// All tensors of a launch, at any time.
std::vector<Reached> reached_by(const Launch& work);

// A launch as so many elements or rows that can be done in parts.
struct InParts {
  bool by_rows;
  std::int64_t count;
  std::vector<Reached> reached;
};
std::optional<InParts> in_parts(const Launch& work);

// Launches of as many parts: what one of them writes and another reaches, both reach in the same part, or it was
// written in the first. Then the parts may go from launch to launch one by one.
class LaunchGroup {
 public:
  LaunchGroup(std::size_t number, const InParts& work);
  // Of one that stays alone.
  LaunchGroup(std::size_t number, const Launch& work);
  bool takes(const InParts& work) const;
  void add(std::size_t number, const InParts& work);
  // Does one of the two write what the other reaches?
  bool meets(std::span<const Reached> reached) const;

  bool by_rows() const { return by_rows_; }
  const std::vector<std::size_t>& launches() const { return launches_; }  // their numbers
  // Does the test say yes to each storage that is written?
  template <class Test>
  bool writes_only(Test test) const {
    for (const auto& [storage, all] : reached_)
      for (const Reached& one : all)
        if (one.written && !test(storage)) return false;
    return true;
  }

 private:
  // How what was added reaches the storage.
  std::span<const Reached> known(const Storage* storage) const;

  bool by_rows_;
  std::int64_t count_;  // of parts; of one that stays alone -1
  std::vector<std::size_t> launches_;
  std::unordered_map<const Storage*, std::vector<Reached>> reached_;
};

}  // namespace gradtape
