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
#include <gradtape/autograd/new_body.h>

namespace gradtape {
namespace {

// Note: spare blocks. What a thread frees it keeps for itself, up to a bound: most threads free what they made. What is
// more goes to lists for all threads, where one that makes what another frees finds it again; and what is more than
// their bound, to the system.
constexpr std::size_t most_common_bytes = std::size_t(2) << 30;

constinit std::mutex common_mutex;
constinit Spares common{.lists = {}, .room = most_common_bytes, .next_line = 0};
// A forked process may use them, whichever thread was about to.
const int survives_fork = hold_while_forking<common_mutex>();

// Four classes for each doubling, so at most a fifth of a block is unused.
struct SizeClass {
  int index;
  std::size_t bytes;
};
constexpr std::size_t bytes_of(int index) {
  if (index == Spares::bodies) return sizeof(Body);
  return index < 8 ? 0 : (static_cast<std::size_t>(index % 4 + 5) << (index / 4 - 2)) & ~std::size_t(63);
}
SizeClass class_of(std::size_t bytes) {
  const std::size_t last = bytes <= 256 ? 255 : bytes - 1;
  const int power = 63 - __builtin_clzll(last);
  const int index = 4 * power + static_cast<int>((last >> (power - 2)) & 3);
  return {index, bytes_of(index)};
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
  return static_cast<std::byte*>(block) + thread_state->spares.next_line++ * 9 * 64 % page;
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

void push(Spares& to, int list, void* block, std::size_t bytes) {
  to.lists[list] = new (block) Spare{to.lists[list]};
  to.room -= bytes;
}
[[gnu::noinline]] void* take_elsewhere(int list, std::size_t bytes, const char* op) {
  own_thread_state();  // who takes will give
  {
    std::lock_guard lock(common_mutex);
    if (common.lists[list]) return pop(common, list, bytes);
  }
  return from_system(bytes, op);
}
[[gnu::noinline]] void give_elsewhere(int list, void* block, std::size_t bytes) {
  {
    std::lock_guard lock(common_mutex);
    if (common.room >= bytes) return push(common, list, block, bytes);
  }
  free_block(block, bytes);
}
void* take(int list, std::size_t bytes, const char* op) {
  Spares& own = thread_state->spares;
  return own.lists[list] ? pop(own, list, bytes) : take_elsewhere(list, bytes, op);
}
void give(int list, void* block, std::size_t bytes) {
  Spares& own = thread_state->spares;
  own.room >= bytes ? push(own, list, block, bytes) : give_elsewhere(list, block, bytes);
}

}  // namespace

std::size_t memory_of_machine() {
  static const std::size_t bytes =
      static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}
void* take_block(std::size_t bytes, const char* op) {
  if (bytes > (std::size_t(1) << 47)) out_of_memory(bytes, op);
  const SizeClass size = class_of(bytes);
  return take(size.index, size.bytes, op);
}
void give_block(void* block, std::size_t bytes) {
  const SizeClass size = class_of(bytes);
  give(size.index, block, size.bytes);
}
void release(Spares& spares) {
  for (int list = 0; list < Spares::count; ++list)
    while (spares.lists[list]) free_block(pop(spares, list, bytes_of(list)), bytes_of(list));
}
void release_spare_memory() {
  release(thread_state->spares);
  std::lock_guard lock(common_mutex);
  release(common);
}

Body* new_body(const Shape& shape, std::int64_t count, DType dtype, const char* op) {
  GT_ASSERT(count <= most_elements);
  Body* body = body_in(take(Spares::bodies, sizeof(Body), op), shape, count, dtype);
  Storage& own = body->own;
  if (own.bytes <= sizeof body->small) [[likely]] return body;
  try {
    own.data = take_block(own.bytes, op);
  } catch (...) {
    give(Spares::bodies, body, sizeof(Body));
    throw;
  }
  body->data = static_cast<std::byte*>(own.data);
  return body;
}

Body* new_body(const Shape& shape, std::int64_t count, DType dtype, Device device, const char* op) {
  if (device.kind == Device::Kind::cpu) return new_body(shape, count, dtype, op);
  GT_ASSERT(count <= most_elements);
  const std::size_t bytes = static_cast<std::size_t>(count) * size_of(dtype);
  void* data = device::take(op, device, bytes);
  Body* body = new_body(shape, 0, dtype, op);
  body->count = count;
  body->own.device = device;
  body->own.bytes = bytes;
  body->own.data = data;
  body->own.foreign = &pool_of_device;
  body->in_packs = false;
  body->data = static_cast<std::byte*>(data);
  return body;
}

void look_for_packs(Body& body) {
  body.in_packs = body.contiguous && reinterpret_cast<std::uintptr_t>(body.data) % 64 == 0 && !body.storage->foreign &&
                  !body.weak;
}

Body* new_view(Storage* storage) {
  auto* body = static_cast<Body*>(take(Spares::bodies, sizeof(Body), "memory"));
  body->references = 1;
  body->weak = 0;
  body->requires_grad = false;
  body->tape = 0;
  body->leaf = nullptr;
  body->own.references = 0;
  __atomic_fetch_add(&storage->references, 1, __ATOMIC_RELAXED);
  body->storage = storage;
  return body;
}

namespace {

void let_storage_go(Storage* storage) {
  if (__atomic_load_n(&storage->references, __ATOMIC_ACQUIRE) != 1 &&
      __atomic_fetch_sub(&storage->references, 1, __ATOMIC_ACQ_REL) != 1)
    return;
  Body* owner = owner_of(storage);
  if (storage->foreign) [[unlikely]] let_foreign_go(*storage);
  else if (storage->data != owner->small) give_block(storage->data, storage->bytes);
  give(Spares::bodies, owner, sizeof(Body));
}

// A tensor of a few elements is one block, and most of a long chain's are.
bool is_one_block(const Body* body) {
  const Storage& own = body->own;
  return !body->leaf && body->storage == &own && own.data == body->small &&
         __atomic_load_n(&own.references, __ATOMIC_ACQUIRE) == 1;
}

[[gnu::noinline]] void free_parts(Body* body) {
  if (body->leaf) [[unlikely]] free_leaf(std::exchange(body->leaf, nullptr));
  Storage* storage = body->storage;
  if (storage != &body->own) give(Spares::bodies, body, sizeof(Body));
  let_storage_go(storage);
}

}  // namespace

void free_body(Body* body) { is_one_block(body) ? give(Spares::bodies, body, sizeof(Body)) : free_parts(body); }

}  // namespace gradtape
