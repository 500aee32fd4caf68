// What a device reads of an op's header. Internal to cuda/.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace gradtape::cuda {

// Types, constants, and what is marked as a device's; functions on tensors are left out, and so is every header whose
// name `known` says no to.
std::string device_part(std::string_view header, const std::function<bool(std::string_view)>& known);

}  // namespace gradtape::cuda
