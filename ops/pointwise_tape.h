// What a pointwise op leaves on the tape: what its slopes read, its attributes, and how the inputs looked. Internal.
#pragma once

#include <cstring>
#include <new>

#include <gradtape/ops/pointwise.h>

namespace gradtape {

// Bits of a record's kept_mask, beside bit i for input i.
constexpr std::uint8_t kept_output = 128, kept_forms = 64;

// What an input looked like when it is not like the output: its gradient must look the same.
struct Form {
  Shape shape;
  DType dtype;
};
// Where the forms lie behind an op's own attributes.
inline std::size_t forms_at(const PointwiseKernels& row) {
  return (row.attribute_bytes + std::size_t(7)) & ~std::size_t(7);
}
// Those of a record's inputs; null where all look like the output.
inline const Form* forms_of(const PointwiseKernels& row, const Record& record) {
  if (!(record.kept_mask & kept_forms)) return nullptr;
  return reinterpret_cast<const Form*>(static_cast<const std::byte*>(record.attributes()) + forms_at(row));
}

// Do all inputs look like the result?
template <int N>
bool look_alike(const Tensor* const (&x)[N], const TensorData* y) {
  bool alike = true;
  for (const Tensor* t : x) alike &= t->numel() == y->count && t->dtype() == y->dtype && t->shape() == y->shape;
  return alike;
}

template <int N>
void write_attributes(Record& record, const PointwiseKernels& row, const void* op, const Tensor* const (&x)[N],
                      bool alike) {
  auto* attributes = static_cast<std::byte*>(record.attributes());
  std::memcpy(attributes, op, row.attribute_bytes);
  if (alike) return;
  auto* form = reinterpret_cast<Form*>(attributes + forms_at(row));
  for (const Tensor* t : x) new (form++) Form{t->shape(), t->dtype()};
}

// Puts y on the tape, if there is one, as the op's result, when a gradient flows to an input.
template <int N>
[[gnu::always_inline]] inline void put_on_tape(detail::Recording* list, const PointwiseKernels& row, const void* op,
                                               const Tensor* const (&x)[N], TensorData* y, bool alike, Location at) {
  std::uint32_t inputs[N];
  unsigned uses = 0;
  bool wanted = false;
  for (int i = 0; i < N; ++i) {
    if ((inputs[i] = list ? list->find(x[i]->tensor_data()) : no_record) == no_record) {
      detail::require_own(row.name, x[i]->tensor_data(), at);
      continue;
    }
    wanted = true;
    uses |= row.uses[i];
  }
  if (!wanted) return;
  unsigned kept = uses >> 7;
  for (int i = 0; i < N; ++i) kept += uses >> i & 1;
  const std::size_t attribute_bytes = alike ? row.attribute_bytes : forms_at(row) + N * sizeof(Form);
  Record* record = list->push(row, at, y, N, kept, static_cast<unsigned>(attribute_bytes));
  if (current_call) record->at = *current_call;
  record->kept_mask = static_cast<std::uint8_t>(uses | (alike ? 0 : kept_forms));
  Kept* slot = record->kept();
  for (int i = 0; i < N; ++i) {
    if (uses >> i & 1) detail::Recording::keep(*slot++, x[i]->tensor_data());
    record->input(i) = inputs[i];
  }
  if (uses & kept_output) detail::Recording::keep(*slot, y);
  if (attribute_bytes) [[unlikely]]
    write_attributes(*record, row, op, x, alike);
}

}  // namespace gradtape
