#include <gradtape/cuda/runtime.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
#include <gradtape/cuda/fault.h>
#include <gradtape/cuda/staging.h>
#include <gradtape/cuda/stream.h>

namespace gradtape {
namespace cuda {
namespace {

// Blocks of a power of two bytes, or three quarters of one.
struct SizeClass {
  int index;
  std::size_t bytes;
};
SizeClass class_of(std::size_t bytes) {
  const std::size_t power = std::bit_ceil(std::max<std::size_t>(bytes, 256));
  const int index = 2 * std::countr_zero(power);
  return power >= 1024 && bytes <= power / 4 * 3 ? SizeClass{index - 1, power / 4 * 3} : SizeClass{index, power};
}

// What is known of one device: made when it is first used. Spare blocks are kept for reuse: all work is in one stream's order, so a
// block that is handed back may be written again by work that is given later.
class Context {
 public:
  explicit Context(int index) : device_(Device::cuda(index)) {
    check(cudaSetDevice(index), "cudaSetDevice");
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
    check(cudaHostAlloc(reinterpret_cast<void**>(&shown_), sizeof(Fault), cudaHostAllocMapped), "cudaHostAlloc");
    check(cudaMallocAsync(reinterpret_cast<void**>(&cell_), sizeof(Fault), stream_), "cudaMallocAsync");
    *shown_ = {};
    check(cudaMemsetAsync(cell_, 0, sizeof(Fault), stream_), "cudaMemsetAsync");
  }
  ~Context() {  // at the end of the program the runtime may be gone already, so nothing is checked
    cudaSetDevice(device_.index);
    cudaFreeAsync(cell_, stream_);
    drop_spares();
    cudaFreeHost(shown_);
    cudaStreamDestroy(stream_);
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  cudaStream_t stream() const { return stream_; }

  IndexCheck next_check() {
    IndexCheck check{cell_, shown_, {}, 0};
    check.found.check = ++checks_;
    return check;
  }
  Staging& staging() { return staging_; }
  const unsigned* fault_flag() const { return &cell_->set; }
  // Throws what the cell holds, after the stream was waited for, and clears it.
  void throw_fault() {
    Fault fault;
    {
      std::lock_guard lock(mutex_);
      if (!shown_->set) return;
      fault = std::exchange(*shown_, {});
      check(cudaMemsetAsync(cell_, 0, sizeof(Fault), stream_), "cudaMemsetAsync");
    }
    throw IndexError(message(fault.op, fmt::format("value {} at position {} is out of range", fault.value, fault.position), {},
                             fmt::format("It must be at least 0 and below {}.", fault.size)),
                     fault.where);
  }

  void* take(std::size_t bytes) {
    std::lock_guard lock(mutex_);
    const SizeClass size = class_of(bytes);
    auto& spares = spares_[static_cast<std::size_t>(size.index)];
    void* block;
    if (spares.empty()) {
      block = from_system(size.bytes, bytes);
    } else {
      block = spares.back();
      spares.pop_back();
    }
    statistics_.in_use += size.bytes;
    statistics_.peak = std::max(statistics_.peak, statistics_.in_use);
    return block;
  }
  void give(void* block, std::size_t bytes) {
    std::lock_guard lock(mutex_);
    const SizeClass size = class_of(bytes);
    statistics_.in_use -= size.bytes;
    spares_[static_cast<std::size_t>(size.index)].push_back(block);
  }
  MemoryStatistics statistics() const {
    std::lock_guard lock(mutex_);
    return statistics_;
  }
  void release_spares() {
    std::lock_guard lock(mutex_);
    drop_spares();
  }

 private:
  void* from_system(std::size_t bytes, std::size_t wanted) {
    void* block = nullptr;
    cudaError_t status = cudaMallocAsync(&block, bytes, stream_);
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();  // it is known
      drop_spares();
      status = cudaMallocAsync(&block, bytes, stream_);
    }
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      fail<OutOfMemoryError>({}, "memory", fmt::format("{} bytes of CUDA device {} cannot be had; tensors hold {}", wanted, device_.index, statistics_.in_use),
                             {}, "Use smaller tensors, or batches.");
    }
    check(status, "cudaMallocAsync");
    statistics_.reserved += bytes;
    ++statistics_.allocations;
    return block;
  }
  void drop_spares() {
    for (std::size_t i = 0; i < spares_.size(); ++i) {
      const std::size_t power = std::size_t(1) << (i + 1) / 2, bytes = i % 2 ? power / 4 * 3 : power;
      for (void* block : spares_[i]) cudaFreeAsync(block, stream_);
      statistics_.reserved -= bytes * spares_[i].size();
      spares_[i].clear();
    }
    cudaStreamSynchronize(stream_);
    cudaMemPool_t pool;
    if (cudaDeviceGetDefaultMemPool(&pool, device_.index) == cudaSuccess) cudaMemPoolTrimTo(pool, 0);
  }

  Device device_;
  cudaStream_t stream_ = nullptr;
  Fault *cell_ = nullptr, *shown_ = nullptr;
  std::atomic<std::uint64_t> checks_ = 0;
  Staging staging_;
  mutable std::mutex mutex_;
  std::array<std::vector<void*>, 2 * 64> spares_;
  MemoryStatistics statistics_;
};

Context& context_of(Device device) {
  constexpr int most = 64;
  static std::array<std::unique_ptr<Context>, most> contexts;
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  auto& context = contexts[device.index % most];
  if (!context) {
    device::require("cuda", device, {});
    context = std::make_unique<Context>(device.index);
  }
  return *context;
}

}  // namespace

void check(cudaError_t status, const char* call) {
  if (status == cudaSuccess) return;
  fail<DeviceError>({}, "cuda", fmt::format("{} failed: {} ({})", call, cudaGetErrorString(status), cudaGetErrorName(status)));
}

cudaStream_t stream_of(Device device) {
  Context& context = context_of(device);
  check(cudaSetDevice(device.index), "cudaSetDevice");
  return context.stream();
}

void wait(Device device) {
  check(cudaStreamSynchronize(stream_of(device)), "cudaStreamSynchronize");
  context_of(device).throw_fault();
}
IndexCheck index_check(Device device, const char* op, Location where, std::int64_t size, std::int64_t ignored) {
  IndexCheck check = context_of(device).next_check();
  check.found.op = op;
  check.found.where = outermost(where);
  check.found.size = size;
  check.ignored = ignored;
  return check;
}
Staging& staging_of(Device device) { return context_of(device).staging(); }
const unsigned* fault_flag(Device device) { return context_of(device).fault_flag(); }

int device_count() {
  static const int count = [] {
    int found = 0;
    if (cudaGetDeviceCount(&found) == cudaSuccess) return found;
    cudaGetLastError();
    return 0;
  }();
  return count;
}
void synchronize(Device device, Location where) {
  Call call(where);
  device::require("synchronize", device, where);
  wait(device);
}
MemoryStatistics memory_statistics(Device device) { return device.index < device_count() ? context_of(device).statistics() : MemoryStatistics(); }
void release_spare_memory(Device device) {
  if (device.index < device_count()) context_of(device).release_spares();
}

}  // namespace cuda

namespace device {

void require(const char* op, Device device, Location where) {
  if (device.kind == Device::Kind::cpu) return;
  const int count = cuda::device_count();
  if (count == 0)
    fail<DeviceError>(where, op, "this machine has no CUDA device, or no driver for it", {}, "nvidia-smi shows what is there; gt::Device::cpu() always works.");
  if (device.index >= count) fail<DeviceError>(where, op, fmt::format("CUDA device {} of {}", device.index, count), {}, "They are counted from 0.");
}
void* take(Device device, std::size_t bytes) { return cuda::context_of(device).take(bytes); }
void give(Device device, void* block, std::size_t bytes) noexcept { cuda::context_of(device).give(block, bytes); }

}  // namespace device
}  // namespace gradtape
