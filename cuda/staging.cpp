#include <gradtape/cuda/staging.h>

#include <algorithm>
#include <cstring>

#include <gradtape/cuda/stream.h>

namespace gradtape::cuda {
namespace {

constexpr std::size_t ring_bytes = 32 << 20, most_at_once = 4 << 20, most_pieces = 1024;

}  // namespace

Staging::~Staging() {
  for (const Piece& piece : pieces_) cudaEventDestroy(piece.copied);
  for (const cudaEvent_t event : spare_) cudaEventDestroy(event);
  if (ring_) cudaFreeHost(ring_);
}

// The next part of the ring, as soon as what was there before has been copied.
Staging::Piece Staging::take(std::size_t bytes) {
  if (!ring_) check(cudaHostAlloc(reinterpret_cast<void**>(&ring_), ring_bytes, cudaHostAllocDefault), "cudaHostAlloc");
  const std::size_t size = (bytes + 255) / 256 * 256;
  if (head_ + size > ring_bytes) {
    free_between(head_, ring_bytes);
    head_ = 0;
  }
  free_between(head_, head_ + size);
  if (pieces_.size() == most_pieces) free_oldest();
  Piece piece{head_, head_ + size, nullptr};
  if (spare_.empty()) {
    check(cudaEventCreateWithFlags(&piece.copied, cudaEventDisableTiming), "cudaEventCreateWithFlags");
  } else {
    piece.copied = spare_.back();
    spare_.pop_back();
  }
  pieces_.push_back(piece);
  head_ = piece.end;
  return piece;
}
// What lies there is the oldest.
void Staging::free_between(std::size_t begin, std::size_t end) {
  while (!pieces_.empty() && pieces_.front().begin < end && begin < pieces_.front().end) free_oldest();
}
void Staging::free_oldest() {
  check(cudaEventSynchronize(pieces_.front().copied), "cudaEventSynchronize");
  spare_.push_back(pieces_.front().copied);
  pieces_.pop_front();
}

void Staging::upload(void* to, const void* from, std::size_t bytes, cudaStream_t stream) {
  std::lock_guard lock(mutex_);
  for (std::size_t done = 0; done < bytes; done += most_at_once) {
    const std::size_t part = std::min(most_at_once, bytes - done);
    const Piece piece = take(part);
    std::memcpy(ring_ + piece.begin, static_cast<const std::byte*>(from) + done, part);
    check(
        cudaMemcpyAsync(static_cast<std::byte*>(to) + done, ring_ + piece.begin, part, cudaMemcpyHostToDevice, stream),
        "cudaMemcpyAsync");
    check(cudaEventRecord(piece.copied, stream), "cudaEventRecord");
  }
}

// While a piece is copied from the ring, the next one is on its way.
void Staging::download(void* to, const void* from, std::size_t bytes, cudaStream_t stream) {
  std::lock_guard lock(mutex_);
  Piece before{};
  std::size_t copied = 0;
  const auto bring = [&] {
    if (!before.copied) return;
    check(cudaEventSynchronize(before.copied), "cudaEventSynchronize");
    const std::size_t part = std::min(most_at_once, bytes - copied);
    std::memcpy(static_cast<std::byte*>(to) + copied, ring_ + before.begin, part);
    copied += part;
  };
  for (std::size_t done = 0; done < bytes; done += most_at_once) {
    const std::size_t part = std::min(most_at_once, bytes - done);
    const Piece piece = take(part);
    check(cudaMemcpyAsync(ring_ + piece.begin, static_cast<const std::byte*>(from) + done, part, cudaMemcpyDeviceToHost,
                          stream),
          "cudaMemcpyAsync");
    check(cudaEventRecord(piece.copied, stream), "cudaEventRecord");
    bring();
    before = piece;
  }
  bring();
}

}  // namespace gradtape::cuda
