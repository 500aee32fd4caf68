// Work that was kept, to be done again: in the same memory, but what passes by in one block of it, and neighbours
// together. Internal.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include <gradtape/autograd/capture.h>
#include <gradtape/autograd/fused_kernel.h>
#include <gradtape/autograd/fused_passes.h>
#include <gradtape/autograd/fused_rows.h>
#include <gradtape/autograd/graph.h>
#include <gradtape/autograd/launch_group.h>

namespace gradtape::detail {

class LaunchList {
 public:
  LaunchList() = default;
  LaunchList(const LaunchList&) = delete;
  LaunchList& operator=(const LaunchList&) = delete;
  ~LaunchList();

  void keep(const Launch& work);
  // No more comes, and whoever else holds its tensors does: what nobody holds is given a place for as long as it is
  // read, and neighbours are fused.
  void plan(Device device);
  void run();
  // On a device: into its graph. What the CPU does of it, it does before each launch of the graph.
  void run_into(Graph& graph);
  ProgramReport report() const { return report_; }

 private:
  struct Kept {
    Launch work;
    Location at;
    std::unique_ptr<std::byte[]> parts;  // the settings, and the list of bodies
    bool is_constant = false;  // what it writes is there already, and stays
  };
  // In order: a launch by itself, or some together.
  struct Step {
    std::vector<std::size_t> launches;
    std::optional<FusedPasses> passes = {};
    std::unique_ptr<device::FusedKernel> kernel = {};
    std::optional<FusedRows> rows = {};
    bool passes_by = false;  // may what its launches alone reach pass by?
  };
  // One storage, over the steps: it is the list's alone, and its numbers are made anew each time.
  struct Temporary {
    Storage* storage;
    std::size_t first, last;  // steps
    std::vector<TensorData*> tensors;
  };
  void find_own();
  void find_constants();
  void group();
  void close(std::vector<LaunchGroup>& groups);
  void join(std::vector<LaunchGroup>& groups, std::size_t number, const InParts& parts) const;
  bool stays_one_kernel(const LaunchGroup& group, std::size_t number) const;
  bool may_go_before(std::span<const LaunchGroup> groups, const Launch& work) const;
  void fuse_passes(Step& step, std::span<const void* const> passing);
  void fuse_kernel(Step& step, std::span<const void* const> passing);
  std::vector<const Launch*> launches_of(const std::vector<std::size_t>& numbers) const;
  void fuse_rows(Step& step);
  std::vector<Temporary> temporaries() const;
  void give_places(std::vector<Temporary> all);
  static void move(const Temporary& one, std::byte* to);

  std::vector<Kept> kept_;
  std::unordered_map<TensorData*, Tensor> tensors_;
  std::unordered_map<const Storage*, std::vector<TensorData*>>
      own_;  // storages that nobody else holds, and their tensors
  std::vector<Step> steps_;
  ProgramReport report_;
  Device device_ = Device::cpu();
  void* block_ = nullptr;
  std::size_t block_bytes_ = 0;
};

}  // namespace gradtape::detail
