#include <gradtape/autograd/dtype.h>

namespace gradtape {

const char* name_of(DType type) { return facts_of(type).name; }

bool holds(DType type, std::int64_t integer) {
  const TypeFacts& facts = facts_of(type);
  if (facts.digits == 63) return true;
  const std::int64_t beyond = std::int64_t(1) << facts.digits, lowest = facts.is_signed ? -beyond : 0;
  return lowest <= integer && (facts.kind == NumberKind::floating ? integer <= beyond : integer < beyond);
}

DType promote_types(DType a, DType b) {
  const int rank = facts_of(a).rank, other = facts_of(b).rank;
  if (rank == other && a != b) return is_floating(a) ? DType::float32 : DType::int16;
  return rank >= other ? a : b;
}

bool can_cast(DType from, DType to) { return facts_of(from).kind <= facts_of(to).kind; }

}  // namespace gradtape
