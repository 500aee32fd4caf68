# gt_embed(<target> <name> <file>): the file's bytes as `const std::span<const std::uint8_t> gradtape::<name>` in <target>.
function(gt_embed target name file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "((0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,))" "\\1\n" bytes "${bytes}")
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp CONTENT
"#include <cstdint>
#include <span>

static constexpr std::uint8_t bytes[] = {
${bytes}};

namespace gradtape {
extern const std::span<const std::uint8_t> ${name};
const std::span<const std::uint8_t> ${name} = bytes;
}  // namespace gradtape
")
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
endfunction()
