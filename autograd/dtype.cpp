#include <gradtape/autograd/dtype.h>

#include <utility>

namespace gradtape {
namespace {

int rank_of(DType type) {
  switch (type) {
    case DType::boolean: return 0;
    case DType::uint8: return 1;
    case DType::int32: return 2;
    case DType::int64: return 3;
    case DType::float16:
    case DType::bfloat16: return 4;
    case DType::float32: return 5;
    default: return 6;
  }
}

}  // namespace

const char* name_of(DType type) {
  switch (type) {
    case DType::float32: return "float32";
    case DType::float64: return "float64";
    case DType::int64: return "int64";
    case DType::int32: return "int32";
    case DType::uint8: return "uint8";
    case DType::float16: return "float16";
    case DType::bfloat16: return "bfloat16";
    default: return "bool";
  }
}

bool holds(DType type, std::int64_t integer) {
  switch (type) {
    case DType::boolean: return integer == 0 || integer == 1;
    case DType::uint8: return std::in_range<std::uint8_t>(integer);
    case DType::int32: return std::in_range<std::int32_t>(integer);
    case DType::int64: return true;
    default: break;
  }
  const int bits = type == DType::bfloat16 ? 8 : type == DType::float16 ? 11 : type == DType::float32 ? 24 : 53;
  const std::int64_t largest = std::int64_t(1) << bits;
  return -largest <= integer && integer <= largest;
}

DType promote(DType a, DType b) {
  if (is_half(a) && is_half(b) && a != b) return DType::float32;
  return rank_of(a) >= rank_of(b) ? a : b;
}

}  // namespace gradtape
