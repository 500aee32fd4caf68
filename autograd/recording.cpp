#include <gradtape/autograd/recording.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/leaf.h>
#include <gradtape/autograd/memory.h>
#include <gradtape/autograd/thread_state.h>

namespace gradtape {

constinit thread_local detail::Recording* detail::recording [[gnu::tls_model("initial-exec")]] = nullptr;

namespace {

constexpr std::size_t chunk_bytes = 128 * 1024, most_inputs = 255, most_kept = 255, most_attribute_bytes = 0xfff8;
static_assert(64 + sizeof(Record) + 8 * max_rank + most_kept * sizeof(Kept) + most_attribute_bytes + 4 * most_inputs <=
                  chunk_bytes,
              "a record fits into a chunk");

void backward_of_leaf(Backward&) {}
constexpr OpInfo leaf_row{"leaf", backward_of_leaf};

// The walk itself hands its gradient to the op's record.
void backward_of_output(Backward&) {}
constexpr OpInfo output_row{"output", backward_of_output, true};

// Generations are given out to threads in runs, so that opening a tape touches no shared memory.
std::uint64_t next_generation() {
  constexpr std::uint64_t run = 1 << 14;
  static constinit std::uint64_t given = 1;
  detail::ThreadTapes& tapes = detail::own_thread_state().tapes;
  if (tapes.next_generation == tapes.end_of_generations) {
    tapes.next_generation = __atomic_fetch_add(&given, run, __ATOMIC_RELAXED);
    tapes.end_of_generations = tapes.next_generation + run;
  }
  return detail::own_space() | tapes.next_generation++;
}

// What an op hands over, checked where it is handed over; the walk trusts it.
void require_recordable(const OpInfo& op, Location at, std::span<const Tensor> outputs, std::span<const Tensor> inputs,
                        std::span<const Tensor> keep, const void* attributes, std::size_t attribute_bytes) {
  if (!std::ranges::all_of(outputs, &Tensor::defined))
    fail<ValueError>(at, op.name, "the op recorded an undefined output");
  if (inputs.size() > most_inputs)
    fail<ValueError>(at, op.name,
                     fmt::format("the op recorded {} inputs, and a record holds {}", inputs.size(), most_inputs), {},
                     "Record it in groups.");
  if (keep.size() > most_kept)
    fail<ValueError>(at, op.name, fmt::format("the op keeps {} tensors, and a record holds {}", keep.size(), most_kept),
                     {}, "Keep them joined: gt::cat.");
  if (attribute_bytes > most_attribute_bytes)
    fail<ValueError>(
        at, op.name,
        fmt::format("the op has {} bytes of attributes, and a record holds {}", attribute_bytes, most_attribute_bytes),
        {}, "Keep a tensor of them.");
  if (attribute_bytes && !attributes)
    fail<ValueError>(at, op.name, fmt::format("the op recorded {} bytes of attributes at no address", attribute_bytes));
}
// A record gives its output a place on the tape, which it must not have yet.
void require_new(const OpInfo& op, Location at, const detail::Recording& list, const Tensor& output,
                 std::span<const Tensor> inputs) {
  if (!is_floating(output.dtype()) || output.tensor_data()->weak_type)
    fail<DTypeError>(at, op.name,
                     "a gradient flows to the op, so what it recorded as its output must be a tensor of floating type",
                     {{"output", output}});
  bool known = output.tensor_data()->tape == list.generation() || output.tensor_data()->requires_grad;
  for (const Tensor& input : inputs) known |= input.tensor_data() == output.tensor_data();
  if (known)
    fail<TapeError>(at, op.name, "the op recorded as its output a tensor that it did not make", {{"output", output}},
                    "Record a detach() or clone() of it.");
}

// The open list, and the numbers of the inputs' records on it; null when no gradient flows to any of them.
[[gnu::always_inline]] inline detail::Recording* find_inputs(const OpInfo& op, Location at,
                                                             std::span<const Tensor> inputs, std::uint32_t* numbers) {
  for (const Tensor& x : inputs)
    if (x.defined()) detail::require_own(op.name, x.tensor_data(), at);
  detail::Recording* const list = detail::recording;
  if (!list) return nullptr;
  bool wanted = false;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    wanted |= (numbers[i] = inputs[i].defined() ? list->find(inputs[i].tensor_data()) : no_record) != no_record;
  return wanted ? list : nullptr;
}
[[gnu::always_inline]] inline void fill(Record& made, std::span<const Tensor> inputs, const std::uint32_t* numbers,
                                        std::span<const Tensor> keep, const void* attributes,
                                        unsigned attribute_bytes) {
  for (std::size_t i = 0; i < keep.size(); ++i) detail::Recording::keep(made.kept()[i], keep[i].tensor_data());
  if (attribute_bytes) std::memcpy(made.attributes(), attributes, attribute_bytes);
  for (std::size_t i = 0; i < inputs.size(); ++i) made.input(static_cast<int>(i)) = numbers[i];
}

}  // namespace

const char detail::copy_mark = 0;

void detail::refuse_other_copy(const char* op, TensorData* tensor, Location at) {
  const Tensor x = Tensor::share(tensor);
  fail<TapeError>(
      at, op,
      "the tensor was recorded by another copy of gradtape in this process, whose tape this one cannot write on",
      {{"tensor", x}},
      "Link the program and its plug-ins with one shared gradtape (-DBUILD_SHARED_LIBS=ON), or pass x.detach().");
}

void detail::Recording::open() {
  if (depth_++ == 0) generation_ = next_generation();
}

void detail::Recording::close() {
  if (--depth_ > 0) return;
  // Newest first: what a record kept is often the last handle to an older record's output.
  for (std::uint32_t number = size_; number-- > 0;) {
    Record& record = *index_[number];
    if (record.special & Record::spent) continue;  // what it kept went before
    for (int i = 0; i < record.kept_count; ++i)
      if (record.kept()[i].tensor) release(record.kept()[i].tensor);
  }
  size_ = 0;
  generation_ = 0;
  // One chunk stays in use; the others go to the free lists.
  while (chunks_) give_block(std::exchange(chunks_, *static_cast<void**>(chunks_)), chunk_bytes);
  at_ = end_ = nullptr;
  if (leaf_count_) std::memset(leaves_, 0, leaf_room_ * sizeof *leaves_);
  leaf_count_ = 0;
}

void detail::Recording::release_memory() {
  if (room_) give_block(index_, room_ * sizeof *index_);
  if (leaf_room_) give_block(leaves_, leaf_room_ * sizeof *leaves_);
  index_ = nullptr;
  leaves_ = nullptr;
  room_ = leaf_room_ = 0;
}

void detail::Recording::make_room(std::size_t bytes, const char* op) {
  if (size_ == room_) grow_index(op);
  if (bytes > static_cast<std::size_t>(end_ - at_)) grow(op);
}

void detail::Recording::grow(const char* op) {  // the largest record fits: see record()
  void* chunk = take_block(chunk_bytes, op);
  *static_cast<void**>(chunk) = std::exchange(chunks_, chunk);
  at_ = static_cast<char*>(chunk) + 64;
  end_ = static_cast<char*>(chunk) + chunk_bytes;
}

void detail::Recording::grow_index(const char* op) {
  const std::uint32_t room = room_ ? 2 * room_ : 1024;
  auto* index = static_cast<Record**>(take_block(room * sizeof *index_, op));
  if (room_) {
    std::memcpy(index, index_, size_ * sizeof *index_);
    give_block(index_, room_ * sizeof *index_);
  }
  index_ = index;
  room_ = room;
}

Record* detail::Recording::push_several(const OpInfo& op, Location at, const TensorData* first_output, unsigned inputs,
                                        unsigned kept, unsigned attribute_bytes) {
  Record* record = make(op, at, first_output, inputs, kept, attribute_bytes);
  record->special = Record::several;
  record->rank = 0;
  record->count = 0;
  return record;
}
void detail::Recording::push_output(Record& op, TensorData* output, bool differentiable) {
  Record* record = make(output_row, op.at, output, 1, 0, 0);
  record->special = Record::output;
  record->input(0) = size_ - 2 - static_cast<std::uint32_t>(op.count++);
  if (!differentiable) return;
  output->tape = generation_;
  output->record = size_ - 1;
}

// Note: a parameter is shared by the tapes of many threads, so its place is kept here and never written into it.
std::uint32_t detail::Recording::leaf(TensorData* tensor) {
  if (leaf_room_)
    if (const LeafPlace* place = place_of(tensor); place->leaf) return place->record;
  if (2 * (leaf_count_ + 1) > leaf_room_) grow_leaves();
  Record* record = make(leaf_row, {}, tensor, 0, 1, 0);
  keep(record->kept()[0], tensor);
  *place_of(tensor) = {tensor, size_ - 1};
  ++leaf_count_;
  return size_ - 1;
}

detail::Recording::LeafPlace* detail::Recording::place_of(TensorData* tensor) {
  const std::uint32_t mask = leaf_room_ - 1;
  auto i = static_cast<std::uint32_t>((reinterpret_cast<std::uintptr_t>(tensor) * 0x9e3779b97f4a7c15u) >> 32);
  while (leaves_[i & mask].leaf && leaves_[i & mask].leaf != tensor) ++i;
  return &leaves_[i & mask];
}

void detail::Recording::grow_leaves() {
  LeafPlace* old = leaves_;
  const std::uint32_t old_room = leaf_room_, room = old_room ? 2 * old_room : 32;
  leaves_ = static_cast<LeafPlace*>(std::memset(take_block(room * sizeof *old, "tape"), 0, room * sizeof *old));
  leaf_room_ = room;
  for (std::uint32_t i = 0; i < old_room; ++i)
    if (old[i].leaf) *place_of(old[i].leaf) = old[i];
  if (old_room) give_block(old, old_room * sizeof *old);
}

Tensor record(const OpInfo& op, Location at, Tensor output, std::span<const Tensor> inputs,
              std::span<const Tensor> keep, const void* attributes, unsigned attribute_bytes) {
  require_recordable(op, at, {&output, 1}, inputs, keep, attributes, attribute_bytes);
  std::uint32_t numbers[most_inputs];
  detail::Recording* const list = find_inputs(op, at, inputs, numbers);
  if (!list) return output;
  require_new(op, at, *list, output, inputs);
  Record* made = list->push(op, outermost(at), output.tensor_data(), static_cast<unsigned>(inputs.size()),
                            static_cast<unsigned>(keep.size()), attribute_bytes);
  fill(*made, inputs, numbers, keep, attributes, attribute_bytes);
  return output;
}
void record_outputs(const OpInfo& op, Location at, std::span<const Tensor> outputs, std::span<const Tensor> inputs,
                    std::span<const Tensor> keep, const void* attributes, unsigned attribute_bytes) {
  require_recordable(op, at, outputs, inputs, keep, attributes, attribute_bytes);
  std::uint32_t numbers[most_inputs];
  detail::Recording* const list = find_inputs(op, at, inputs, numbers);
  if (!list) return;
  const auto is_variable = [&](const Tensor& output) {
    const auto number = static_cast<std::size_t>(&output - outputs.data());
    return is_floating(output.dtype()) && !(number < 32 && op.constant_outputs >> number & 1);
  };
  if (std::ranges::none_of(outputs, is_variable))
    fail<DTypeError>(at, op.name, "a gradient flows to the op, and none of the outputs that it recorded can have one");
  Record* made = list->push_several(op, outermost(at), outputs[0].tensor_data(), static_cast<unsigned>(inputs.size()),
                                    static_cast<unsigned>(keep.size()), attribute_bytes);
  fill(*made, inputs, numbers, keep, attributes, attribute_bytes);
  for (const Tensor& output : outputs) {
    if (is_variable(output)) require_new(op, at, *list, output, inputs);
    list->push_output(*made, output.tensor_data(), is_variable(output));
  }
}
Tensor record(const OpInfo& op, Location at, Tensor output, std::initializer_list<Tensor> inputs,
              std::initializer_list<Tensor> keep, const void* attributes, unsigned attribute_bytes) {
  return record(op, at, std::move(output), std::span(inputs.begin(), inputs.size()),
                std::span(keep.begin(), keep.size()), attributes, attribute_bytes);
}

}  // namespace gradtape
