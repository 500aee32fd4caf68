#include <gradtape/autograd/memory.h>

#include <cstdlib>
#include <mutex>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/fork.h>
#include <gradtape/autograd/leaf.h>
#include <gradtape/autograd/new_tensor_data.h>

namespace gradtape {
namespace {

// Note: spare blocks. What a thread frees it keeps for itself, up to a bound: most threads free what they made. What is
// more goes to lists for all threads, where one that makes what another frees finds it again; and what is more than
// their bound, to the system.
constexpr std::size_t most_common_bytes = std::size_t(2) << 30;

constinit std::mutex common_mutex;
constinit detail::Spares common{.lists = {}, .room = most_common_bytes, .next_line = 0};
// A forked process may use them, whichever thread was about to.
const int survives_fork = detail::hold_while_forking<common_mutex>();

// Four classes for each doubling, so at most a fifth of a block is unused.
constexpr std::size_t bytes_of(int list) {
  if (list == detail::Spares::tensors) return sizeof(TensorData);
  return list < 8 ? 0 : (static_cast<std::size_t>(list % 4 + 5) << (list / 4 - 2)) & ~std::size_t(63);
}
int list_for(std::size_t bytes) {
  const std::size_t last = bytes <= 256 ? 255 : bytes - 1;
  const int power = 63 - __builtin_clzll(last);
  return 4 * power + static_cast<int>((last >> (power - 2)) & 3);
}

[[noreturn, gnu::cold]] void out_of_memory(std::size_t bytes, const char* op) {
  fail<OutOfMemoryError>({}, op, std::to_string(bytes) + " bytes cannot be had", {},
                         "Use smaller tensors, or batches.");
}

// Note: long arrays ask for huge pages: a streaming loop stops at each small page's end, for the hardware does not
// fetch ahead over it. They start at different lines of their page: a loop over several that all start alike would meet
// the same few places of the cache.
constexpr std::size_t page = 4096, huge_page = std::size_t(2) << 20, staggered_from = std::size_t(1) << 16;

void* aligned_block(std::size_t bytes) {
  if (bytes < staggered_from) return std::aligned_alloc(64, bytes);
  const std::size_t alignment = bytes < 2 * huge_page ? page : huge_page;
  const std::size_t room = (bytes + page + alignment - 1) / alignment * alignment;
  void* block = std::aligned_alloc(alignment, room);
  if (block == nullptr) return nullptr;
  if (alignment == huge_page) madvise(block, room, MADV_HUGEPAGE);
  return static_cast<std::byte*>(block) + detail::thread_state->spares.next_line++ * 9 * 64 % page;
}
void free_block(void* block, std::size_t bytes) {
  std::free(bytes < staggered_from ? block
                                   : reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(block) / page * page));
}

void* from_system(std::size_t bytes, const char* op) {
  // A request beyond the machine's memory would be granted by an overcommitting system, and end in a kill.
  if (bytes > memory_of_machine()) out_of_memory(bytes, op);
  void* block = aligned_block(bytes);
  if (block == nullptr) {
    release_spare_memory();
    block = aligned_block(bytes);
  }
  if (block == nullptr) out_of_memory(bytes, op);
  return block;
}

void push(detail::Spares& to, int list, void* block) {
  to.lists[list] = new (block) detail::Spare{to.lists[list]};
  to.room -= bytes_of(list);
}
[[gnu::noinline]] void* take_elsewhere(int list, const char* op) {
  detail::own_thread_state();  // who takes will give
  {
    std::lock_guard lock(common_mutex);
    if (common.lists[list]) return pop(common, list, bytes_of(list));
  }
  return from_system(bytes_of(list), op);
}
[[gnu::noinline]] void give_elsewhere(int list, void* block) {
  {
    std::lock_guard lock(common_mutex);
    if (common.room >= bytes_of(list)) return push(common, list, block);
  }
  free_block(block, bytes_of(list));
}
void* take(int list, const char* op) {
  detail::Spares& own = detail::thread_state->spares;
  return own.lists[list] ? pop(own, list, bytes_of(list)) : take_elsewhere(list, op);
}
void give(int list, void* block) {
  detail::Spares& own = detail::thread_state->spares;
  own.room >= bytes_of(list) ? push(own, list, block) : give_elsewhere(list, block);
}

void let_storage_go(Storage* storage) {
  if (__atomic_load_n(&storage->references, __ATOMIC_ACQUIRE) != 1 &&
      __atomic_fetch_sub(&storage->references, 1, __ATOMIC_ACQ_REL) != 1)
    return;
  TensorData* owner = owner_of(storage);
  if (storage->external) [[unlikely]]
    detail::let_foreign_go(*storage);
  else if (storage->data != owner->small) give_block(storage->data, storage->bytes);
  give(detail::Spares::tensors, owner);
}

// A tensor of a few elements is one block, and most of a long chain's are.
bool is_one_block(const TensorData* tensor) {
  const Storage& own = tensor->own;
  return !tensor->leaf && tensor->storage == &own && own.data == tensor->small &&
         __atomic_load_n(&own.references, __ATOMIC_ACQUIRE) == 1;
}

[[gnu::noinline]] void free_parts(TensorData* tensor) {
  delete std::exchange(tensor->leaf, nullptr);
  Storage* storage = tensor->storage;
  if (storage != &tensor->own) give(detail::Spares::tensors, tensor);
  let_storage_go(storage);
}

}  // namespace

std::size_t memory_of_machine() {
  static const std::size_t bytes =
      static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}
void* take_block(std::size_t bytes, const char* op) {
  if (bytes > (std::size_t(1) << 47)) out_of_memory(bytes, op);
  return take(list_for(bytes), op);
}
void give_block(void* block, std::size_t bytes) { give(list_for(bytes), block); }
void detail::release_spares(detail::Spares& spares) {
  for (int list = 0; list < detail::Spares::count; ++list)
    while (spares.lists[list]) free_block(pop(spares, list, bytes_of(list)), bytes_of(list));
}
void release_spare_memory() {
  detail::release_spares(detail::thread_state->spares);
  std::lock_guard lock(common_mutex);
  detail::release_spares(common);
}

TensorData* new_tensor_data(const Shape& shape, std::int64_t count, DType dtype, const char* op) {
  GT_ASSERT(count <= most_elements);
  TensorData* tensor = body_in(take(detail::Spares::tensors, op), shape, count, dtype);
  Storage& own = tensor->own;
  if (own.bytes <= sizeof tensor->small) [[likely]]
    return tensor;
  try {
    own.data = take_block(own.bytes, op);
  } catch (...) {
    give(detail::Spares::tensors, tensor);
    throw;
  }
  tensor->data = static_cast<std::byte*>(own.data);
  return tensor;
}

TensorData* new_tensor_data(const Shape& shape, std::int64_t count, DType dtype, Device device, const char* op) {
  if (device == Device::cpu()) return new_tensor_data(shape, count, dtype, op);
  GT_ASSERT(count <= most_elements);
  const std::size_t bytes = static_cast<std::size_t>(count) * size_of(dtype);
  void* data = device::take(op, device, bytes);
  TensorData* tensor = new_tensor_data(shape, 0, dtype, op);
  tensor->count = count;
  tensor->own.device = device;
  tensor->own.bytes = bytes;
  tensor->own.data = data;
  tensor->own.external = &detail::pool_of_device;
  tensor->in_packs = false;
  tensor->data = static_cast<std::byte*>(data);
  return tensor;
}

TensorData* detail::new_view(const TensorData& of) {
  auto* view = static_cast<TensorData*>(take(detail::Spares::tensors, "memory"));
  view->references = 1;
  view->weak_type = 0;
  view->requires_grad = false;
  view->contiguous = of.contiguous;
  view->in_packs = of.in_packs;
  view->count = of.count;
  view->data = of.data;
  view->storage = of.storage;
  view->tape = 0;
  view->dtype = of.dtype;
  view->leaf = nullptr;
  view->shape = of.shape;
  if (!of.contiguous) view->strides = of.strides;
  view->own.references = 0;
  __atomic_fetch_add(&of.storage->references, 1, __ATOMIC_RELAXED);
  return view;
}

void free_tensor_data(TensorData* tensor) {
  is_one_block(tensor) ? give(detail::Spares::tensors, tensor) : free_parts(tensor);
}

}  // namespace gradtape
