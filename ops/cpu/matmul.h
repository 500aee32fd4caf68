#pragma once
#include <cstdint>
namespace gradtape {
struct MatrixView { const void* data; std::int64_t row_stride, column_stride; };
template <class S> void matmul(S* c, std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a, MatrixView b, const S* bias = nullptr) {
  for (std::int64_t i = 0; i < m; ++i) for (std::int64_t j = 0; j < n; ++j) { double t = bias ? double(bias[j]) : 0.0;
    for (std::int64_t l = 0; l < k; ++l) t += double(static_cast<const S*>(a.data)[i * a.row_stride + l * a.column_stride]) * double(static_cast<const S*>(b.data)[l * b.row_stride + j * b.column_stride]);
    c[i * n + j] = S(t); }
}
}
