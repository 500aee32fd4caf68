#include <gradtape/cuda/context.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include <gradtape/autograd/captured_step.h>
#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>

namespace gradtape::cuda {

std::size_t Spares::rounded(std::size_t bytes) {
  const std::size_t power = std::bit_ceil(std::max<std::size_t>(bytes, 256));
  return power >= 1024 && bytes <= power / 4 * 3 ? power / 4 * 3 : power;
}
void* Spares::take(std::size_t bytes) {
  auto& blocks = blocks_[rounded(bytes)];
  if (blocks.empty()) return nullptr;
  void* block = blocks.back();
  blocks.pop_back();
  return block;
}
void Spares::give(void* block, std::size_t bytes) { blocks_[rounded(bytes)].push_back(block); }

// The current device while an OnDevice of the thread lives, which spares asking the runtime; else -1.
static constinit thread_local int current = -1;

OnDevice::OnDevice(Device device) : outermost_(current < 0), before_(current) {
  if (outermost_) check(cudaGetDevice(&before_), "cudaGetDevice");
  if (device.index != before_) check(cudaSetDevice(device.index), "cudaSetDevice");
  current = device.index;
}
OnDevice::~OnDevice() {
  if (current != before_) cudaSetDevice(before_);
  current = outermost_ ? -1 : before_;
}
void OnDevice::make_current(Device device) {
  if (device.index != current) check(cudaSetDevice(device.index), "cudaSetDevice");
  if (current >= 0) current = device.index;
}

bool waits_for_launches() {
  static const bool wished = [] {
    const char* wish = std::getenv("GT_CUDA_SYNC");
    return wish && std::strcmp(wish, "1") == 0;
  }();
  return wished;
}

Context::Context(int index) : device_(Device::cuda(index)) {
  const OnDevice there(device_);
  check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  check(cudaStreamCreateWithFlags(&side_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  check(cudaHostAlloc(reinterpret_cast<void**>(&shown_), sizeof(Fault), cudaHostAllocMapped), "cudaHostAlloc");
  check(cudaMallocAsync(reinterpret_cast<void**>(&cell_), sizeof(Fault), stream_), "cudaMallocAsync");
  *shown_ = {};
  check(cudaMemsetAsync(cell_, 0, sizeof(Fault), stream_), "cudaMemsetAsync");
}
Context::~Context() {  // at the end of the program the runtime may be gone already, so nothing is checked
  cudaFreeAsync(cell_, stream_);
  drop_spares();
  cudaFreeHost(shown_);
  for (const cudaEvent_t event : events_) cudaEventDestroy(event);
  cudaStreamDestroy(side_);
  cudaStreamDestroy(stream_);
}
template <class Change>
void Context::one_user_less(Change change) {
  {
    std::lock_guard lock(mutex_);
    change();
    if (--users_ > 0 || !retired_) return;
  }
  delete this;
}
void Context::retire() {
  {
    std::lock_guard lock(mutex_);
    retired_ = true;
    if (users_ > 0) return;
  }
  delete this;
}

void* Context::take(const char* op, std::size_t bytes, bool fresh) {
  std::lock_guard lock(mutex_);
  const std::size_t rounded = Spares::rounded(bytes);
  void* block = graph_ && !fresh ? graph_->spares.take(bytes) : nullptr;
  if (!block) block = spares_.take(bytes);  // no graph has used these
  if (!block) block = from_system(op, rounded, bytes);
  if (graph_ && !fresh) graph_->blocks[block] = rounded;
  ++users_;
  statistics_.in_use += rounded;
  statistics_.peak = std::max(statistics_.peak, statistics_.in_use);
  return block;
}
// While a graph is captured, what was taken before may be read by it.
void Context::give(void* block, std::size_t bytes) {
  one_user_less([&] {
    const std::size_t rounded = Spares::rounded(bytes);
    statistics_.in_use -= rounded;
    if (!graph_) return spares_.give(block, bytes);
    const bool is_before = graph_->blocks.try_emplace(block, rounded).second;
    if (!is_before) graph_->spares.give(block, bytes);
  });
}

void Context::begin(GraphMemory& memory) {
  std::lock_guard lock(mutex_);
  ++users_;
  graph_ = &memory;
}
void Context::end() {
  std::lock_guard lock(mutex_);
  graph_ = nullptr;
}
void Context::drop(GraphMemory& memory) {
  one_user_less([&] {
    for (const auto& [block, bytes] : memory.blocks) spares_.give(block, bytes);
  });
}

MemoryStatistics Context::statistics() const {
  std::lock_guard lock(mutex_);
  return statistics_;
}
void Context::release_spares() {
  std::lock_guard lock(mutex_);
  drop_spares();
}

cudaEvent_t Context::take_event() {
  std::lock_guard lock(mutex_);
  cudaEvent_t event = nullptr;
  if (!events_.empty()) {
    event = events_.back();
    events_.pop_back();
  } else {
    const OnDevice there(device_);
    check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "cudaEventCreateWithFlags");
  }
  return event;
}
// Who waits for it waits for what it stood for then.
void Context::give_event(cudaEvent_t event) {
  std::lock_guard lock(mutex_);
  events_.push_back(event);
}
void Context::order(cudaStream_t earlier, cudaStream_t later) {
  const cudaEvent_t event = take_event();
  check(cudaEventRecord(event, earlier), "cudaEventRecord");
  check(cudaStreamWaitEvent(later, event, 0), "cudaStreamWaitEvent");
  give_event(event);
}
std::shared_ptr<void> Context::upload_beside(void* to, const void* from, std::size_t bytes) {
  order(stream_, side_);  // the room may still be used by earlier work
  staging_.upload(to, from, bytes, side_);
  const cudaEvent_t copied = take_event();
  const std::shared_ptr<void> ticket(copied, [this](cudaEvent_t event) { arrive(event); });
  check(cudaEventRecord(copied, side_), "cudaEventRecord");
  return ticket;
}
// A graph that is being captured waits for nothing outside of it, so the CPU does. Nothing is thrown: this ends a
// scope.
void Context::arrive(cudaEvent_t copied) {
  const bool capturing = [&] {
    std::lock_guard lock(mutex_);
    return graph_ != nullptr;
  }();
  capturing ? cudaEventSynchronize(copied) : cudaStreamWaitEvent(stream_, copied, 0);
  give_event(copied);
}

void* Context::from_system(const char* op, std::size_t bytes, std::size_t wanted) {
  void* block = nullptr;
  const cudaStream_t stream = graph_ ? side_ : stream_;
  cudaError_t status = cudaMallocAsync(&block, bytes, stream);
  if (status == cudaErrorMemoryAllocation && !graph_) {
    cudaGetLastError();  // it is known
    drop_spares();
    status = cudaMallocAsync(&block, bytes, stream);
  }
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    fail<OutOfMemoryError>({}, op,
                           fmt::format("{} bytes of CUDA device {} cannot be had; tensors hold {}", wanted,
                                       device_.index, statistics_.in_use),
                           {}, "Use smaller tensors, or batches.");
  }
  check(status, "cudaMallocAsync");
  if (graph_) check(cudaStreamSynchronize(side_), "cudaStreamSynchronize");
  statistics_.reserved += bytes;
  ++statistics_.allocations;
  return block;
}
void Context::drop_spares() {
  spares_.drain([&](void* block, std::size_t bytes) {
    cudaFreeAsync(block, stream_);
    statistics_.reserved -= bytes;
  });
  cudaStreamSynchronize(stream_);
  cudaMemPool_t pool;
  if (cudaDeviceGetDefaultMemPool(&pool, device_.index) == cudaSuccess) cudaMemPoolTrimTo(pool, 0);
}

IndexCheck Context::next_check() {
  IndexCheck check{cell_, shown_, {}, 0};
  check.found.check = ++checks_;
  return check;
}
void Context::throw_fault() {
  Fault fault;
  {
    std::lock_guard lock(mutex_);
    if (!shown_->set) return;
    fault = std::exchange(*shown_, {});
    check(cudaMemsetAsync(cell_, 0, sizeof(Fault), stream_), "cudaMemsetAsync");
  }
  throw IndexError(
      message(fault.op, fmt::format("value {} at position {} is out of range", fault.value, fault.position), {},
              fmt::format("It must be at least {} and below {}.", fault.lowest, fault.size)),
      fault.at);
}

namespace {

struct Contexts {
  std::vector<Context*> all{static_cast<std::size_t>(device_count())};
  std::mutex mutex;
};
struct Retirement {
  Contexts& contexts;
  ~Retirement() {
    for (Context* context : contexts.all)
      if (context) context->retire();
  }
};

}  // namespace

Context& context_of(Device device) {
  // For ever: tensors in global variables may be let go after all that is static here.
  static Contexts& contexts = *new Contexts;
  static const Retirement at_exit{contexts};
  device::require("cuda", device, {});
  std::lock_guard lock(contexts.mutex);
  Context*& context = contexts.all[static_cast<std::size_t>(device.index)];
  if (!context) context = new Context(device.index);
  return *context;
}

void refuse_waiting_inside_capture() {
  refuse_inside_capture("cuda", "a device cannot be waited for inside a captured step",
                        "Return what is to be read from the step.");
}
void refuse_another_than_captured(Device device) {
  if (detail::capturing && detail::capturing->device != device) detail::capturing->refuse_another_device();
}

}  // namespace gradtape::cuda
