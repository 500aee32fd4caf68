#include <gradtape/autograd/launch_group.h>

#include <algorithm>

#include <gradtape/autograd/fused_kernel.h>
#include <gradtape/autograd/loop.h>

namespace gradtape {
namespace {

template <class Data, class AtFirst>
std::vector<Reached> reached(const Launch& work, Data data, AtFirst at_first) {
  std::vector<Reached> all;
  for (int i = 0; i < work.writes + work.reads; ++i)
    if (const TensorData* x = work.tensors[i]) all.push_back({x->storage, data(i), i < work.writes, at_first(i)});
  return all;
}
bool never(int) { return false; }

// Is the tensor read or written element by element? What a pass reads as a number it reads before all.
const void* own_element(Elementwise pass, const void* data) {
  const void* found = nullptr;
  for (int i = 0; i < Loop::pointers; ++i) {
    if (pass.loop.pointer(i) != data) continue;
    if (!pass.loop.moves(i)) return nullptr;
    found = data;
  }
  return found;
}

// May two launches go part by part, one behind the other?
bool go_together(const Reached& before, const Reached& now) {
  if (!before.written && !now.written) return true;
  return (now.data && now.data == before.data) || (before.at_first && !now.written);
}

// On a device: which of its tensors have an element of their own for each of the results'.
std::optional<InParts> in_parts_on_device(const Launch& work) {
  const Launch* const alone = &work;
  if (device::fusible({&alone, 1}, {}) == 0) return {};
  const auto* const out =
      *std::find_if(work.tensors, work.tensors + work.writes, [](const TensorData* x) { return x; });
  const auto own = [&](int i) -> const void* {
    const TensorData* const x = work.tensors[i];
    return x->contiguous && x->count == out->count ? x->data : nullptr;
  };
  return InParts{false, out->count, reached(work, own, never)};
}

}  // namespace

std::optional<InParts> in_parts(const Launch& work) {
  if (work.device() != Device::cpu()) return in_parts_on_device(work);
  if (Elementwise pass; work.kernel->elementwise && work.kernel->elementwise(work, pass))
    return InParts{false, pass.loop.count,
                   reached(work, [&](int i) { return own_element(pass, work.tensors[i]->data); }, never)};
  if (ByRows parts; work.kernel->by_rows && work.kernel->by_rows(work, parts))
    return InParts{
        true, parts.rows,
        reached(
            work,
            [&](int i) -> const void* { return parts.reach[i] == ByRows::own_rows ? work.tensors[i]->data : nullptr; },
            [&](int i) { return parts.reach[i] == ByRows::all_at_first; })};
  return {};
}

LaunchGroup::LaunchGroup(std::size_t number, const InParts& work) : by_rows_(work.by_rows), count_(work.count) {
  add(number, work);
}
LaunchGroup::LaunchGroup(std::size_t number, const Launch& work)
    : LaunchGroup(number, InParts{false, -1, reached_by(work)}) {}

std::span<const Reached> LaunchGroup::known(const Storage* storage) const {
  const auto found = reached_.find(storage);
  return found == reached_.end() ? std::span<const Reached>() : found->second;
}

bool LaunchGroup::takes(const InParts& work) const {
  const auto goes_with_all = [&](const Reached& now) {
    return std::ranges::all_of(known(now.storage), [&](const Reached& one) { return go_together(one, now); });
  };
  return work.by_rows == by_rows_ && work.count == count_ && std::ranges::all_of(work.reached, goes_with_all);
}

std::vector<Reached> reached_by(const Launch& work) {
  return reached(work, [](int) { return nullptr; }, never);
}

void LaunchGroup::add(std::size_t number, const InParts& work) {
  launches_.push_back(number);
  for (const Reached& now : work.reached) {
    std::vector<Reached>& known = reached_[now.storage];
    if (std::ranges::find(known, now) == known.end()) known.push_back(now);
  }
}

bool LaunchGroup::meets(std::span<const Reached> all) const {
  return std::ranges::any_of(all, [&](const Reached& now) {
    return std::ranges::any_of(known(now.storage), [&](const Reached& one) { return one.written || now.written; });
  });
}

}  // namespace gradtape
