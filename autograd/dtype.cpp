#include <gradtape/autograd/dtype.h>

#include <algorithm>

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

DType promote(DType a, DType b) {
  if (is_half(a) && is_half(b) && a != b) return DType::float32;
  return rank_of(a) >= rank_of(b) ? a : b;
}

}  // namespace gradtape
