// Where a tensor's memory is.
#pragma once

#include <cstdint>
#include <string>

namespace gradtape {

struct Device {
  enum class Kind : std::int32_t { cpu, cuda };  // as wide as the index: both are copied as one word

  Kind kind = Kind::cpu;
  int index = 0;

  static constexpr Device cpu() { return {}; }
  static constexpr Device cuda(int index = 0) { return {Kind::cuda, index}; }
  bool operator==(const Device&) const = default;
};

// "cpu", "cuda:0"
inline std::string to_string(Device device) {
  return device == Device::cpu() ? "cpu" : "cuda:" + std::to_string(device.index);
}

}  // namespace gradtape
