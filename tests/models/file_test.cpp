#include <gradtape/models/file.h>

#include <cstring>

#include <sys/mman.h>

#include "tests/support/near.h"

namespace {

// gzip's words for "first" and ", second".
const std::vector<std::uint8_t> first{0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0xcb, 0x2c,
                                      0x2a, 0x2e, 0x01, 0x00, 0x57, 0xee, 0x71, 0x92, 0x05, 0x00, 0x00, 0x00},
    second{0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xd3, 0x51, 0x28, 0x4e,
           0x4d, 0xce, 0xcf, 0x4b, 0x01, 0x00, 0x26, 0x21, 0x9b, 0x03, 0x08, 0x00, 0x00, 0x00};

// Two members with 4 GiB of padding between them, which no memory is spent on.
TEST(InputStream, ReadsBeyondFourGibibytes) {
  const std::size_t gap = std::size_t(1) << 32, size = gap + second.size();
  void* pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(pages, MAP_FAILED);
  auto* bytes = static_cast<std::uint8_t*>(pages);
  std::memcpy(bytes, first.data(), first.size());
  std::memcpy(bytes + gap, second.data(), second.size());

  gt::InputStream stream("read", {bytes, size}, "the file", gt::Location::current());
  stream.unpack();
  char text[32];
  const std::size_t count = stream.read(text, sizeof text);

  EXPECT_EQ(std::string(text, count), "first, second");
  munmap(pages, size);
}

}  // namespace
