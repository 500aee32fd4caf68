// The row of an op, which gt_add_ops() makes in a file of its own.
#pragma once

namespace gradtape {

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"  // the linker finds it
#endif
template <class RowOf> [[gnu::always_inline]] inline const auto& made_row() { return RowOf::row; }
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

}  // namespace gradtape
