// The list of records that a thread's open tapes share. Internal: users see Tape, op authors see record().
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include <gradtape/autograd/record.h>

namespace gradtape::detail {

// Note: copies of the library. A program and a plug-in that are both linked with the static library hold two, each with
// tapes of its own: neither can record what the other computes. Each numbers its tapes in a space of its own, the upper
// bits of a generation, so that a tensor that another copy recorded is seen and refused.
inline constexpr int generation_bits = 44;
extern const char copy_mark;  // its address tells the copies apart
inline std::uint64_t own_space() {
  return reinterpret_cast<std::uintptr_t>(&copy_mark) * 0x9e3779b97f4a7c15u >> generation_bits << generation_bits;
}
[[noreturn, gnu::cold]] void refuse_other_copy(const char* op, TensorData* tensor, Location at);
inline void require_own(const char* op, TensorData* tensor, Location at) {
  if (tensor->tape != 0 && (tensor->tape ^ own_space()) >> generation_bits != 0) [[unlikely]]
    refuse_other_copy(op, tensor, at);
}

class Recording {
 public:
  // The number of a tensor's record; no_record when no gradient flows to it.
  std::uint32_t find(TensorData* tensor) {
    if (tensor->tape == generation_) return tensor->record;
    return tensor->requires_grad ? leaf(tensor) : no_record;
  }

  // A new record of how `output` came to be, with room for its parts; the caller fills kept() by keep(), attributes()
  // and input().
  Record* push(const OpInfo& op, Location at, TensorData* output, unsigned inputs, unsigned kept,
               unsigned attribute_bytes) {
    Record* record = make(op, at, output, inputs, kept, attribute_bytes);
    output->tape = generation_;
    output->record = size_ - 1;
    return record;
  }
  // The same of an op with several outputs, each of which then gets a record by push_output(), in order.
  Record* push_several(const OpInfo& op, Location at, const TensorData* first_output, unsigned inputs, unsigned kept,
                       unsigned attribute_bytes);
  void push_output(Record& op, TensorData* output, bool differentiable);
  static void keep(Kept& slot, TensorData* tensor) {
    slot.tensor = tensor;
    if (!tensor) return;  // kept for nobody: its place stays empty
    retain(tensor);
    slot.version = tensor->storage->version;
  }
  Record* at(std::uint32_t number) const { return index_[number]; }
  std::uint32_t size() const { return size_; }
  std::span<const Record* const> from(std::uint32_t first) const { return {index_ + first, index_ + size_}; }
  std::uint32_t leaf_count() const { return leaf_count_; }
  std::uint64_t generation() const { return generation_; }

  void open();  // a tape opens: the first one starts a generation
  void close();  // a tape closes: the last one lets everything go
  void release_memory();

 private:
  struct LeafPlace {
    TensorData* leaf;
    std::uint32_t record;
  };

  Record* make(const OpInfo& op, Location at, const TensorData* output, unsigned inputs, unsigned kept,
               unsigned attribute_bytes) {
    attribute_bytes = (attribute_bytes + 7) & ~7u;
    const auto rank = static_cast<unsigned>(output->shape.rank());
    const std::size_t size_bytes = rank < 2 ? 0 : rank * sizeof(std::int64_t);
    const std::size_t before = size_bytes + Record::bytes_of_inputs(inputs);
    const std::size_t bytes = before + sizeof(Record) + kept * sizeof(Kept) + attribute_bytes;
    if (bytes > static_cast<std::size_t>(end_ - at_) || size_ == room_) [[unlikely]]
      make_room(bytes, op.name);
    char* first = std::exchange(at_, at_ + bytes);
    if (size_bytes) std::memcpy(first, output->shape.begin(), size_bytes);
    auto* record = reinterpret_cast<Record*>(first + before);
    index_[size_++] = record;
    *record = {.at = at,
               .op = &op,
               .attribute_bytes = static_cast<std::uint16_t>(attribute_bytes),
               .input_count = static_cast<std::uint8_t>(inputs),
               .kept_count = static_cast<std::uint8_t>(kept),
               .dtype = output->dtype,
               .rank = static_cast<std::uint8_t>(rank),
               .count = output->count,
               .device = output->storage->device};
    return record;
  }
  std::uint32_t leaf(TensorData* tensor);
  LeafPlace* place_of(TensorData* tensor);
  void grow_leaves();
  void make_room(std::size_t bytes, const char* op);  // for one more record
  void grow_index(const char* op);
  void grow(const char* op);

  char* at_ = nullptr;
  char* end_ = nullptr;
  Record** index_ = nullptr;
  std::uint32_t size_ = 0, room_ = 0;
  std::uint64_t generation_ = 0;
  void* chunks_ = nullptr;
  std::uint32_t depth_ = 0;
  LeafPlace* leaves_ = nullptr;  // open addressing, a power of two
  std::uint32_t leaf_count_ = 0, leaf_room_ = 0;
};

// The open list of this thread, or null when none is open or recording is paused: the only hidden state.
extern constinit thread_local Recording* recording [[gnu::tls_model("initial-exec")]];

// Is there a tape on which a gradient would flow to this tensor?
inline bool wants_gradient(const Tensor& x) {
  return recording && x.defined() && recording->find(x.tensor_data()) != no_record;
}

}  // namespace gradtape::detail

namespace gradtape {

// Records `output` as computed by `op` when a gradient flows to one of the inputs; returns it. `keep` says which
// tensors backward will read (an undefined one keeps its place empty), `attributes` is copied as bytes. Throws
// ValueError naming the op for an undefined output, or more than 255 inputs, 255 kept tensors or 65528 bytes; when it
// records, DTypeError for an output that is not floating, TapeError for one that the op did not make (an input itself).
Tensor record(const OpInfo& op, Location at, Tensor output, std::initializer_list<Tensor> inputs,
              std::initializer_list<Tensor> keep, const void* attributes, unsigned attribute_bytes);
Tensor record(const OpInfo& op, Location at, Tensor output, std::span<const Tensor> inputs,
              std::span<const Tensor> keep, const void* attributes, unsigned attribute_bytes);
// The same for an op with several outputs; see the note in record.h. A gradient may come for each that is floating, but
// for those that the op calls constant. Throws DTypeError when there is none such.
void record_outputs(const OpInfo& op, Location at, std::span<const Tensor> outputs, std::span<const Tensor> inputs,
                    std::span<const Tensor> keep, const void* attributes, unsigned attribute_bytes);

}  // namespace gradtape
