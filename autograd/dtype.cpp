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
    case DType::float32: return 4;
    default: return 5;
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
    default: return "bool";
  }
}

DType promote(DType a, DType b) { return rank_of(a) >= rank_of(b) ? a : b; }

}  // namespace gradtape
