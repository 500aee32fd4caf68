#include <gradtape/autograd/memory.h>

#include <cstdlib>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include <gradtape/autograd/body.h>
#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/leaf.h>
#include <gradtape/autograd/recording.h>

namespace gradtape {
namespace {

struct Spare {
  Spare* next;
};

constexpr int class_count = 4 * 48;
// What a thread may keep: a block that would exceed it goes back to the system.
constexpr std::size_t most_spare_bytes = std::size_t(2) << 30;

struct Spares {
  Spare* bodies;
  Spare* blocks[class_count];
  std::size_t room;       // bytes that may still be kept: 0 before the thread's first block, and when the thread ends
  std::size_t next_line;  // of a page, for the next long block
  bool closing;           // the thread ends: nothing is kept any more
  bool watched;           // the destructor below is registered
};
[[gnu::tls_model("initial-exec")]] constinit thread_local Spares spares{};

// Four classes for each doubling, so at most a fifth of a block is unused.
struct SizeClass {
  int index;
  std::size_t bytes;
};
constexpr std::size_t bytes_of(int index) { return index < 8 ? 0 : (static_cast<std::size_t>(index % 4 + 5) << (index / 4 - 2)) & ~std::size_t(63); }
SizeClass class_of(std::size_t bytes) {
  const std::size_t last = bytes <= 256 ? 255 : bytes - 1;
  const int power = 63 - __builtin_clzll(last);
  const int index = 4 * power + static_cast<int>((last >> (power - 2)) & 3);
  return {index, bytes_of(index)};
}

struct Closer {
  ~Closer() {
    if (recording == nullptr) release_thread_recording();
    release_spare_memory();
    spares.closing = true;
    spares.room = 0;
  }
};

// Registers the clean-up at the thread's first allocation: a variable with a destructor would cost each access.
void watch_thread() {
  if (std::exchange(spares.watched, true)) return;
  static thread_local Closer closer;
  (void)closer;
  spares.room = most_spare_bytes;
}

[[noreturn]] void out_of_memory(std::size_t bytes) {
  fail<OutOfMemoryError>({}, "memory", std::to_string(bytes) + " bytes cannot be had", {},
                         "Use smaller tensors, or batches.");
}

// Note: long arrays ask for huge pages: a streaming loop stops at each small page's end, for the hardware does not fetch ahead over it.
// They start at different lines of their page: a loop over several that all start alike would meet the same few places of the cache.
constexpr std::size_t page = 4096, huge_page = std::size_t(2) << 20, staggered_from = std::size_t(1) << 16;

void* aligned_block(std::size_t bytes) {
  if (bytes < staggered_from) return std::aligned_alloc(64, bytes);
  const std::size_t alignment = bytes < 2 * huge_page ? page : huge_page;
  const std::size_t room = (bytes + page + alignment - 1) / alignment * alignment;
  void* block = std::aligned_alloc(alignment, room);
  if (block == nullptr) return nullptr;
  if (alignment == huge_page) madvise(block, room, MADV_HUGEPAGE);
  return static_cast<std::byte*>(block) + spares.next_line++ * 9 * 64 % page;
}
void free_block(void* block, std::size_t bytes) {
  std::free(bytes < staggered_from ? block : reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(block) / page * page));
}

void* from_system(std::size_t bytes) {
  watch_thread();
  // A request beyond the machine's memory would be granted by an overcommitting system, and end in a kill.
  static const std::size_t machine = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (bytes > machine) out_of_memory(bytes);
  void* block = aligned_block(bytes);
  if (block == nullptr) {
    release_spare_memory();
    block = aligned_block(bytes);
  }
  if (block == nullptr) out_of_memory(bytes);
  return block;
}

void* take(Spare*& list, std::size_t bytes) {
  if (list) [[likely]] {
    spares.room += bytes;
    return std::exchange(list, list->next);
  }
  return from_system(bytes);
}
void give(Spare*& list, void* block, std::size_t bytes) {
  if (spares.room < bytes) [[unlikely]] {
    watch_thread();  // a thread may give before it takes
    if (spares.closing || spares.room < bytes) return free_block(block, bytes);
  }
  spares.room -= bytes;
  list = new (block) Spare{list};
}
void drop(Spare*& list, std::size_t bytes) {
  while (list) free_block(std::exchange(list, list->next), bytes);
}

}  // namespace

void* take_block(std::size_t bytes) {
  if (bytes > (std::size_t(1) << 47)) out_of_memory(bytes);
  const SizeClass size = class_of(bytes);
  return take(spares.blocks[size.index], size.bytes);
}
void give_block(void* block, std::size_t bytes) {
  const SizeClass size = class_of(bytes);
  give(spares.blocks[size.index], block, size.bytes);
}
void release_spare_memory() {
  drop(spares.bodies, sizeof(Body));
  for (int i = 0; i < class_count; ++i) drop(spares.blocks[i], bytes_of(i));
  spares.room = spares.closing ? 0 : most_spare_bytes;
}

Body* new_body(const Shape& shape, std::int64_t count, DType dtype) {
  auto* body = static_cast<Body*>(take(spares.bodies, sizeof(Body)));
  body->references = 1;
  body->dtype = dtype;
  body->weak = 0;
  body->requires_grad = false;
  body->contiguous = true;
  body->count = count;
  body->tape = 0;
  body->leaf = nullptr;
  new (&body->shape) Shape(shape);
  Storage& own = body->own;
  own.references = 1;
  own.version = 0;
  own.device = Device::cpu();
  own.foreign = nullptr;
  own.bytes = static_cast<std::size_t>(count) * size_of(dtype);
  if (own.bytes <= sizeof body->small) [[likely]] {
    own.data = body->small;
  } else {
    try {
      own.data = take_block(own.bytes);
    } catch (...) {
      give(spares.bodies, body, sizeof(Body));
      throw;
    }
  }
  body->storage = &own;
  body->data = static_cast<std::byte*>(own.data);
  return body;
}

Body* new_body(const Shape& shape, std::int64_t count, DType dtype, Device device) {
  if (device.kind == Device::Kind::cpu) return new_body(shape, count, dtype);
  const std::size_t bytes = static_cast<std::size_t>(count) * size_of(dtype);
  void* data = device::take(device, bytes);
  Body* body = new_body(shape, 0, dtype);
  body->count = count;
  body->own.device = device;
  body->own.bytes = bytes;
  body->own.data = data;
  body->own.foreign = &pool_of_device;
  body->data = static_cast<std::byte*>(data);
  return body;
}

Body* new_view(Storage* storage) {
  auto* body = static_cast<Body*>(take(spares.bodies, sizeof(Body)));
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

// Out of line: small tensors have no block, and their way stays short.
[[gnu::noinline]] void give_elements(const Storage& storage) { give_block(storage.data, storage.bytes); }

void let_storage_go(Storage* storage) {
  if (__atomic_load_n(&storage->references, __ATOMIC_ACQUIRE) != 1 &&
      __atomic_fetch_sub(&storage->references, 1, __ATOMIC_ACQ_REL) != 1)
    return;
  Body* owner = reinterpret_cast<Body*>(reinterpret_cast<char*>(storage) - offsetof(Body, own));
  if (storage->foreign) [[unlikely]] let_foreign_go(*storage);
  else if (storage->data != owner->small) give_elements(*storage);
  give(spares.bodies, owner, sizeof(Body));
}

}  // namespace

void free_body(Body* body) {
  if (body->leaf) [[unlikely]] free_leaf(std::exchange(body->leaf, nullptr));
  Storage* storage = body->storage;
  if (storage != &body->own) give(spares.bodies, body, sizeof(Body));
  let_storage_go(storage);
}

}  // namespace gradtape
