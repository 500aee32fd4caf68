#include <gradtape/autograd/launch_list.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <gradtape/autograd/copying.h>
#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/leaf.h>
#include <gradtape/autograd/memory.h>
#include <gradtape/autograd/scoped.h>

namespace gradtape::detail {
namespace {

// GT_FUSE=0 leaves all apart.
bool may_fuse() {
  static const bool may = [] {
    const char* wish = std::getenv("GT_FUSE");
    return !wish || std::string_view(wish) != "0";
  }();
  return may;
}

}  // namespace

LaunchList::~LaunchList() {
  tensors_.clear();
  if (!block_) return;
  device_ == Device::cpu() ? give_block(block_, block_bytes_) : device::give(device_, block_, block_bytes_);
}

void LaunchList::keep(const Launch& work) {
  const auto count = static_cast<std::size_t>(work.writes + work.reads);
  const std::size_t settings_bytes = (work.settings_bytes + sizeof(void*) - 1) / sizeof(void*) * sizeof(void*);
  Kept kept{work, outermost({}), std::make_unique<std::byte[]>(settings_bytes + (count + 1) * sizeof(TensorData*))};
  if (work.settings_bytes) std::memcpy(kept.parts.get(), work.settings, work.settings_bytes);
  auto** const tensors = reinterpret_cast<const TensorData**>(kept.parts.get() + settings_bytes);
  for (std::size_t i = 0; i < count; ++i) {
    TensorData* tensor = const_cast<TensorData*>(work.tensors[i]);
    tensors[i] = tensor;
    if (tensor && !tensors_.count(tensor)) tensors_.emplace(tensor, Tensor::share(tensor));
  }
  kept.work.settings = kept.parts.get();
  kept.work.tensors = tensors;
  kept_.push_back(std::move(kept));
}

// What the list alone holds is not seen by anybody, and its numbers are made anew each time.
void LaunchList::find_own() {
  for (const auto& [tensor, handle] : tensors_) own_[tensor->storage].push_back(tensor);
  std::erase_if(own_, [](const auto& one) {
    const auto& [storage, tensors] = one;
    return is_users(*storage) || storage->references != tensors.size() ||
           std::ranges::any_of(tensors, [](const TensorData* tensor) { return tensor->references != 1; });
  });
}

// On a device, where each launch costs some microseconds: a few equal numbers that nobody else writes.
void LaunchList::find_constants() {
  constexpr std::size_t few = 4096;  // bytes
  std::unordered_map<const Storage*, int> writers;
  for (const Kept& kept : kept_)
    for (int i = 0; i < kept.work.writes; ++i)
      if (kept.work.tensors[i]) ++writers[kept.work.tensors[i]->storage];
  for (Kept& kept : kept_) {
    if (kept.work.kernel != &fill_kernel) continue;
    const Storage* const storage = kept.work.out()->storage;
    if (storage->bytes > few || writers[storage] > 1) continue;
    if (own_.erase(storage) == 0) continue;
    kept.is_constant = true;
    report_.moved -= bytes_of(kept.work);
  }
}

// Note: launches change places where nobody sees it: none reads or writes what the other writes; and if the one that
// comes earlier then may throw, what the other writes is the list's own. Passes do not throw.
void LaunchList::join(std::vector<LaunchGroup>& groups, std::size_t number, const InParts& parts) const {
  const auto own = [&](const Storage* storage) { return own_.contains(storage); };
  const LaunchGroup alone(number, parts);
  const auto may_swap = [&](const LaunchGroup& group) {
    if (group.meets(parts.reached)) return false;
    if (!group.by_rows() && !parts.by_rows) return true;
    return group.by_rows() ? !parts.by_rows && alone.writes_only(own) : group.writes_only(own);
  };
  const auto takes = [&](const LaunchGroup& group) { return group.takes(parts) && stays_one_kernel(group, number); };
  auto at = groups.end();
  while (at != groups.begin() && !takes(at[-1]) && may_swap(at[-1])) --at;
  if (at != groups.begin() && takes(at[-1])) return at[-1].add(number, parts);
  groups.insert(at, alone);
}
bool LaunchList::stays_one_kernel(const LaunchGroup& group, std::size_t number) const {
  if (device_ == Device::cpu()) return true;
  constexpr std::size_t most = 64;  // longer ones take long to compile
  if (group.launches().size() >= most) return false;
  std::vector<const Launch*> launches = launches_of(group.launches());
  launches.push_back(&kept_[number].work);
  return device::fusible(launches, {}) == launches.size();
}
bool LaunchList::may_go_before(std::span<const LaunchGroup> groups, const Launch& work) const {
  const std::vector<Reached> reached = reached_by(work);
  const auto own = [&](const Storage* storage) { return own_.contains(storage); };
  const bool unseen =
      std::ranges::all_of(reached, [&](const Reached& one) { return !one.written || own(one.storage); });
  return std::ranges::all_of(groups, [&](const LaunchGroup& group) {
    return !group.meets(reached) && group.writes_only(own) && (unseen || !group.by_rows());
  });
}
void LaunchList::close(std::vector<LaunchGroup>& groups) {
  for (const LaunchGroup& group : groups) {
    const bool one_kernel = device_ != Device::cpu() && group.launches().size() < 2;
    steps_.push_back({.launches = group.launches(), .passes_by = !group.by_rows() && !one_kernel});
  }
  groups.clear();
}
// Which launches go together.
void LaunchList::group() {
  std::vector<LaunchGroup> groups;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    const Launch& work = kept_[i].work;
    if (kept_[i].is_constant) continue;
    if (const auto parts = may_fuse() ? in_parts(work) : std::nullopt) {
      join(groups, i, *parts);
      continue;
    }
    if (device_ != Device::cpu()) {  // its work does not throw, so that what comes later may go before it
      groups.emplace_back(i, work);
      continue;
    }
    if (!may_go_before(groups, work)) close(groups);
    steps_.push_back({.launches = {i}});
  }
  close(groups);
}

std::vector<LaunchList::Temporary> LaunchList::temporaries() const {
  std::unordered_map<Storage*, Temporary> found;
  std::vector<Storage*> made;  // written before they are read
  for (std::size_t s = 0; s < steps_.size(); ++s)
    for (const std::size_t l : steps_[s].launches) {
      const Launch& work = kept_[l].work;
      const auto see = [&](int i, bool written) {
        if (!work.tensors[i]) return;
        Storage* const storage = work.tensors[i]->storage;
        const auto [at, is_new] = found.try_emplace(storage, Temporary{storage, s, s, {}});
        if (is_new && written) made.push_back(storage);
        at->second.last = s;
      };
      for (int i = work.writes; i < work.writes + work.reads; ++i) see(i, false);
      for (int i = 0; i < work.writes; ++i) see(i, true);
    }
  std::vector<Temporary> all;
  for (Storage* storage : made)
    if (const auto own = own_.find(storage); own != own_.end()) {
      found.at(storage).tensors = own->second;
      all.push_back(std::move(found.at(storage)));
    }
  return all;
}

// To other memory, or nowhere; the storage has none of its own any more.
void LaunchList::move(const Temporary& one, std::byte* to) {
  auto* const before = static_cast<std::byte*>(one.storage->data);
  std::byte* const own = owner_of(one.storage)->small;
  for (TensorData* tensor : one.tensors) tensor->data = to + (tensor->data - before);
  one.storage->data = own;
  if (std::exchange(one.storage->external, nullptr)) device::give(one.storage->device, before, one.storage->bytes);
  else if (before != own) give_block(before, one.storage->bytes);
}

// At the lowest place that is free all the while.
void LaunchList::give_places(std::vector<Temporary> all) {
  struct Placed {
    std::size_t begin, end, first, last;
  };
  std::vector<Placed> placed;  // by where they begin
  std::vector<std::size_t> places;
  for (const Temporary& one : all) {
    const std::size_t bytes = (one.storage->bytes + 255) / 256 * 256;  // as a device's memory is aligned
    std::size_t begin = 0;
    for (const Placed& other : placed) {
      if (other.last < one.first || one.last < other.first) continue;
      if (begin + bytes <= other.begin) break;
      begin = std::max(begin, other.end);
    }
    const Placed here{begin, begin + bytes, one.first, one.last};
    placed.insert(std::ranges::upper_bound(placed, begin, {}, &Placed::begin), here);
    places.push_back(begin);
    block_bytes_ = std::max(block_bytes_, here.end);
  }
  if (block_bytes_ == 0) return;
  block_ =
      device_ == Device::cpu() ? take_block(block_bytes_, "program") : device::take("program", device_, block_bytes_);
  for (std::size_t i = 0; i < all.size(); ++i) move(all[i], static_cast<std::byte*>(block_) + places[i]);
}

void LaunchList::plan(Device device) {
  device_ = device;
  report_.launches = kept_.size();
  for (const Kept& kept : kept_) {
    report_.moved_before += bytes_of(kept.work);
    report_.flops += flops_of(kept.work);
  }
  report_.moved = report_.moved_before;
  find_own();
  if (device != Device::cpu()) find_constants();
  group();
  report_.passes = steps_.size();
  std::vector<Temporary> lasting;
  std::vector<std::vector<const void*>> passing(steps_.size());
  std::vector<Temporary> gone;
  for (Temporary& one : temporaries()) {
    report_.bytes_before += one.storage->bytes;
    if (steps_[one.first].passes_by && one.first == one.last) {
      for (const TensorData* tensor : one.tensors) passing[one.first].push_back(tensor->data);
      gone.push_back(std::move(one));
    } else if (one.storage->data != owner_of(one.storage)->small) {
      lasting.push_back(std::move(one));
    }
  }
  give_places(std::move(lasting));
  report_.bytes = block_bytes_;
  for (std::size_t s = 0; s < steps_.size(); ++s)
    if (!steps_[s].passes_by) fuse_rows(steps_[s]);
    else if (device_ == Device::cpu()) fuse_passes(steps_[s], passing[s]);
    else fuse_kernel(steps_[s], passing[s]);
  for (const Temporary& one : gone)
    if (steps_[one.first].passes || steps_[one.first].kernel) move(one, owner_of(one.storage)->small);
}

std::vector<const Launch*> LaunchList::launches_of(const std::vector<std::size_t>& numbers) const {
  std::vector<const Launch*> launches;
  for (const std::size_t number : numbers) launches.push_back(&kept_[number].work);
  return launches;
}
void LaunchList::fuse_passes(Step& step, std::span<const void* const> passing) {
  const auto launches = launches_of(step.launches);
  for (const Launch* work : launches)
    report_.moved -=
        bytes_of(*work, [&](const TensorData& x) { return std::ranges::find(passing, x.data) != passing.end(); });
  step.passes.emplace(launches, passing);
}
void LaunchList::fuse_kernel(Step& step, std::span<const void* const> passing) {
  const auto launches = launches_of(step.launches);
  step.kernel = device::fuse(launches, passing, report_.apart);
  if (!step.kernel) {
    report_.passes += launches.size() - 1;
    return;
  }
  for (const Launch* work : launches) report_.moved -= bytes_of(*work);
  report_.moved += step.kernel->bytes();
}

void LaunchList::fuse_rows(Step& step) {
  if (step.launches.size() < 2) return;
  std::vector<FusedRows::Blamed> launches;
  std::unordered_set<const void*> met;  // their rows are in the cache
  for (const std::size_t l : step.launches) {
    const Launch& work = kept_[l].work;
    launches.push_back({&work, kept_[l].at.line ? &kept_[l].at : nullptr});
    report_.moved -= bytes_of(work, [&](const TensorData& x) { return met.contains(x.data); });
    for (int i = 0; i < work.writes + work.reads; ++i)
      if (work.tensors[i]) met.insert(work.tensors[i]->data);
  }
  step.rows.emplace(launches);
}

void LaunchList::run() {
  const RoundingToNearest rounding;
  for (Step& step : steps_) {
    if (step.passes || step.rows) {
      step.passes ? step.passes->run() : step.rows->run();
      continue;
    }
    const Kept& kept = kept_[step.launches[0]];
    const Set blamed(current_call, kept.at.line ? &kept.at : nullptr);
    kept.work.kernel->cpu(kept.work);
  }
}
void LaunchList::run_into(Graph& graph) {
  for (const Step& step : steps_) {
    if (step.kernel) {
      step.kernel->launch();
      continue;
    }
    for (const std::size_t l : step.launches) {
      const Kept& kept = kept_[l];
      const Set blamed(current_call, kept.at.line ? &kept.at : nullptr);
      if (kept.work.device() == Device::cpu()) graph.before_launch.push_back([&work = kept.work] { work.run(); });
      else kept.work.run();
    }
  }
}

}  // namespace gradtape::detail
