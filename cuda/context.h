// What is known of one device: its stream, its memory, its error cell. Internal to cuda/.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <gradtape/autograd/device.h>
#include <gradtape/cuda/fault.h>
#include <gradtape/cuda/runtime.h>
#include <gradtape/cuda/staging.h>
#include <gradtape/cuda/stream.h>

namespace gradtape::cuda {

// Spare blocks by size.
class Spares {
 public:
  static std::size_t rounded(std::size_t bytes);  // to a power of two bytes, or three quarters of one
  void* take(std::size_t bytes);  // null where there is none
  void give(void* block, std::size_t bytes);
  // Takes all out, calling each(block, bytes).
  template <class Each>
  void drain(Each each) {
    for (auto& [bytes, blocks] : blocks_) {
      for (void* block : blocks) each(block, bytes);
      blocks.clear();
    }
  }

 private:
  std::unordered_map<std::size_t, std::vector<void*>> blocks_;
};

// What a graph's kernels work in, beside tensors: each launch does so again, so no other work may.
struct GraphMemory {
  Spares spares;                                  // for reuse within the graph
  std::unordered_map<void*, std::size_t> blocks;  // all, with their bytes
};

// Made when a device is first used. Spare blocks are kept for reuse: all work is in one stream's order, so a block that
// is handed back may be written again by work that is given later.
class Context {
 public:
  explicit Context(int index);
  // At the end of the program: it goes when the last tensor and graph have gone, for some are in global variables.
  void retire();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  cudaStream_t stream() const { return stream_; }
  Staging& staging() { return staging_; }

  // `fresh`: a block that no graph has used, nor will.
  void* take(const char* op, std::size_t bytes, bool fresh = false);
  void give(void* block, std::size_t bytes);
  MemoryStatistics statistics() const;
  void release_spares();

  // From now on what is taken is the graph's, until it is captured.
  void begin(GraphMemory& memory);
  void end();
  // The graph is gone.
  void drop(GraphMemory& memory);

  // What is given to `later` from now on, a stream of any device, waits for what was given to `earlier`, one of this
  // device's.
  void order(cudaStream_t earlier, cudaStream_t later);
  // Copies beside the stream's work. What is given to the stream after the ticket was let go finds it done.
  std::shared_ptr<void> upload_beside(void* to, const void* from, std::size_t bytes);

  IndexCheck next_check();
  const unsigned* fault_flag() const { return &cell_->set; }
  // Throws what the cell holds, after the stream was waited for, and clears it.
  void throw_fault();

 private:
  ~Context();
  // Calls `change` under the lock, and goes if nothing is left.
  template <class Change>
  void one_user_less(Change change);
  cudaEvent_t take_event();
  void give_event(cudaEvent_t event);
  void arrive(cudaEvent_t copied);
  void* from_system(const char* op, std::size_t bytes, std::size_t wanted);
  void drop_spares();

  Device device_;
  // The side is for uploads beside other work, and for asking for memory while the stream is captured.
  cudaStream_t stream_ = nullptr, side_ = nullptr;
  std::vector<cudaEvent_t> events_;  // that nobody uses
  Fault *cell_ = nullptr, *shown_ = nullptr;
  std::atomic<std::uint64_t> checks_ = 0;
  Staging staging_;
  mutable std::mutex mutex_;
  Spares spares_;
  GraphMemory* graph_ = nullptr;  // of the one that is being captured
  MemoryStatistics statistics_;
  std::size_t users_ = 0;  // blocks and graphs
  bool retired_ = false;
};

// Makes the device the thread's current one, and at the end the one that the caller had.
class OnDevice {
 public:
  explicit OnDevice(Device device);
  ~OnDevice();
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;
  // Another one, to the end of the innermost scope.
  static void make_current(Device device);

 private:
  bool outermost_;
  int before_;
};

// Is each launch waited for?
bool waits_for_launches();

// A device cannot be waited for inside a step that is being captured: throws TapeError.
void refuse_waiting_inside_capture();

// Throws DeviceError when there is none.
Context& context_of(Device device);
// A captured step is kept by its own device, which does not see what is done on others: throws TapeError.
void refuse_another_than_captured(Device device);

}  // namespace gradtape::cuda
