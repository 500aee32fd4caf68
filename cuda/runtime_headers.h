// What code that is compiled at run time may include: the headers that formulas are written with, and little stand-ins
// for those of the standard library and of tensors, so that no toolkit's are needed. Internal to cuda/.
#pragma once

#include <span>
#include <string_view>

#include <gradtape/ops/op_text.h>

namespace gradtape::cuda {

std::span<const HeaderText> runtime_headers();
// Is one of them called so?
bool is_runtime_header(std::string_view name);

}  // namespace gradtape::cuda
