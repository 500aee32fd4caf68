// Memory that is not asked for twice: each thread keeps some spare blocks in lists by size, and what is more lies in
// lists for all threads.
#pragma once

#include <cstddef>
#include <cstdint>

#include <gradtape/autograd/device.h>
#include <gradtape/autograd/dtype.h>
#include <gradtape/autograd/shape.h>

namespace gradtape {

struct TensorData;
struct Storage;

// A block of at least `bytes` > 0, aligned and padded to 64 bytes. Throws OutOfMemoryError naming the op.
void* take_block(std::size_t bytes, const char* op = "memory");

// All memory of this machine, in bytes: no allocator need be asked for more.
std::size_t memory_of_machine();

// Hands a block back, on any thread, with the size it was taken with.
void give_block(void* block, std::size_t bytes);

// Returns this thread's spare blocks to the system, and those that no thread keeps for itself.
void release_spare_memory();

// A dense tensor's body with its elements unwritten, at most most_elements; throws OutOfMemoryError naming the op.
TensorData* new_tensor_data(const Shape& shape, std::int64_t count, DType dtype, const char* op = "memory");
TensorData* new_tensor_data(const Shape& shape, std::int64_t count, DType dtype, Device device,
                            const char* op = "memory");
void free_tensor_data(TensorData* tensor);

namespace detail {

// A body that shares another's storage, and looks like it.
TensorData* new_view(const TensorData& of);

// To the system.
struct Spares;
void release_spares(Spares& spares);

}  // namespace detail

}  // namespace gradtape
